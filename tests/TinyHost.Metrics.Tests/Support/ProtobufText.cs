// Owns: converting a protobuf exposition to text 0.0.4, for comparison with the text format.

using System.Text;

namespace TinyHost.Metrics.Tests.Support;

internal static class ProtobufText
{
    internal static string Of(IEnumerable<ProtobufMessage> families)
    {
        var text = new StringBuilder();
        foreach (var family in families)
        {
            var name = family.Get<string>("name");
            var help = Escape(family.Get<string>("help"));
            var type = family.Get<ulong>("type") switch { 0 => "counter", 1 => "gauge", 4 => "histogram", var other => $"type {other}" };
            text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");
            foreach (var metric in family.All("metric"))
            {
                string[] labels =
                    [.. metric.All("label").Select(label => $"{label.Get<string>("name")}=\"{Quoted(label.Get<string>("value"))}\"")];
                if (type == "histogram")
                {
                    AppendHistogram(text, name, labels, metric.Get<ProtobufMessage>("histogram"));
                }
                else
                {
                    AppendLine(text, name, labels, metric.Get<ProtobufMessage>(type).Get<double>("value"));
                }
            }
        }

        return text.ToString();
    }

    private static void AppendHistogram(StringBuilder text, string name, string[] labels, ProtobufMessage histogram)
    {
        var count = histogram.Get<ulong>("sample_count");
        foreach (var bucket in histogram.All("bucket").Where(bucket => double.IsFinite(bucket.Get<double>("upper_bound"))))
        {
            AppendLine(text, name
                + "_bucket", [.. labels, $"le=\"{Number(bucket.Get<double>("upper_bound"))}\""], bucket.Get<ulong>("cumulative_count"));
        }

        AppendLine(text, name + "_bucket", [.. labels, "le=\"+Inf\""], count);
        AppendLine(text, name + "_sum", labels, histogram.Get<double>("sample_sum"));
        AppendLine(text, name + "_count", labels, count);
    }

    private static void AppendLine(StringBuilder text, string name, string[] labels, double value) =>
        text.Append(name).Append(labels.Length > 0 ? $"{{{string.Join(',', labels)}}} " : " ").Append(Number(value)).Append('\n');

    private static string Number(double value)
    {
        Span<byte> bytes = stackalloc byte[SampleValue.MaxLength];
        return Encoding.ASCII.GetString(bytes[..SampleValue.Write(value, bytes)]);
    }

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Quoted(string value) => Escape(value).Replace("\"", "\\\"", StringComparison.Ordinal);
}
