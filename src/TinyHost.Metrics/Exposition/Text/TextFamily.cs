// Owns: the constant text of a family, encoded once for each text format. Labels are encoded once for each series (LabelSet).
// Sources: Prometheus text formats 0.0.4 and 1.0.0; OpenMetrics 1.0.0, Text Format.

using System.Buffers;
using System.Text;

namespace TinyHost.Metrics;

internal sealed class TextFamily
{
    private TextFamily(MetricFamily family, TextFormat format)
    {
        var definition = family.Definition;
        var name = NameOf(definition, format.Escaping);
        var type = family.Type switch
        {
            FamilyType.Counter => "counter",
            FamilyType.Histogram => "histogram",
            FamilyType.Info when format.IsOpenMetrics => "info",
            _ => "gauge",
        };
        var familyName = name;
        if (format.IsOpenMetrics && type is "counter" or "info")
        {
            // OpenMetrics names the family without the suffix of its samples. A counter without that suffix cannot be typed as one.
            (familyName, type) = MetricName.WithoutSuffix(name, type == "info" ? "_info" : "_total") is { } shorter
                ? (shorter, type)
                : (name, "unknown");
        }

        IsUnknown = type == "unknown";
        Name = new SampleName(name);
        BucketName = new SampleName(name + "_bucket");
        SumName = new SampleName(name + "_sum");
        CountName = new SampleName(name + "_count");
        CreatedName = new SampleName(familyName + "_created");
        HasSum = !format.IsOpenMetrics || definition.Boundaries is [] or [>= 0, ..];
        BucketEnds = [.. definition.Boundaries.Append(double.PositiveInfinity).Select(bound => BucketEnd(bound, format))];
        Head = EncodeHead(familyName, type, definition, format);
    }

    /// <summary>The lines <c># HELP</c> and <c># TYPE</c>, and <c># UNIT</c> in OpenMetrics.</summary>
    internal byte[] Head { get; }

    internal SampleName Name { get; }

    internal SampleName BucketName { get; }

    internal SampleName SumName { get; }

    internal SampleName CountName { get; }

    internal SampleName CreatedName { get; }

    /// <summary>
    /// True for a counter whose name lacks <c>_total</c> in OpenMetrics: it may have neither exemplars nor a time of creation.
    /// </summary>
    internal bool IsUnknown { get; }

    /// <summary>False for a histogram with negative bounds in OpenMetrics, which then allows neither sum nor count.</summary>
    internal bool HasSum { get; }

    /// <summary><c>le="0.5"} </c> for each bucket of a histogram.</summary>
    internal byte[][] BucketEnds { get; }

    internal static TextFamily Of(MetricFamily family, TextFormat format) =>
        (TextFamily)(family.Encoded[format.Index] ??= new TextFamily(family, format));

    /// <summary>The name of the family.</summary>
    internal static string NameOf(InstrumentDefinition definition, EscapingScheme escaping) => escaping == EscapingScheme.Underscores
        ? definition.Family
        : EscapedName.Metric(definition.UnescapedFamily, escaping);

    /// <summary>Appends a line of metadata.</summary>
    internal static void AppendLine(ArrayBufferWriter<byte> head, string comment, string name, string value)
    {
        Encoding.UTF8.GetBytes(comment, head);
        PrometheusText.AppendName(head, name, allowColon: true);
        Encoding.UTF8.GetBytes($" {value}\n", head);
    }

    /// <summary>Appends the line <c># HELP</c>.</summary>
    internal static void AppendHelp(ArrayBufferWriter<byte> head, string name, string help, bool escapeQuotes)
    {
        head.Write("# HELP "u8);
        PrometheusText.AppendName(head, name, allowColon: true);
        head.Write(" "u8);
        PrometheusText.AppendEscaped(head, help, escapeQuotes);
        head.Write("\n"u8);
    }

    private static byte[] BucketEnd(double bound, TextFormat format)
    {
        if (format.IsOpenMetrics)
        {
            return Encoding.ASCII.GetBytes($"le=\"{SampleValue.Canonical(bound)}\"}} ");
        }

        Span<byte> value = stackalloc byte[SampleValue.MaxLength];
        return [.. "le=\""u8, .. value[..SampleValue.Write(bound, value)], .. "\"} "u8];
    }

    private static byte[] EncodeHead(string name, string type, InstrumentDefinition definition, TextFormat format)
    {
        var head = new ArrayBufferWriter<byte>();
        AppendHelp(head, name, definition.Help, escapeQuotes: format.IsOpenMetrics);
        AppendLine(head, "# TYPE ", name, type);
        if (format.IsOpenMetrics && MetricName.HasUnit(name, definition.Unit))
        {
            AppendLine(head, "# UNIT ", name, definition.Unit);
        }

        return head.WrittenSpan.ToArray();
    }
}

/// <summary>How the line of a sample begins. A quoted name stands inside the braces (Prometheus text format 1.0.0).</summary>
internal sealed class SampleName
{
    internal SampleName(string name)
    {
        var text = new ArrayBufferWriter<byte>();
        PrometheusText.AppendName(text, name, allowColon: true);
        var isQuoted = text.WrittenSpan[0] == '"';
        Alone = isQuoted ? [(byte)'{', .. text.WrittenSpan, (byte)'}'] : text.WrittenSpan.ToArray();
        Open = isQuoted ? [(byte)'{', .. text.WrittenSpan, (byte)','] : [.. text.WrittenSpan, (byte)'{'];
    }

    /// <summary>The name without labels: <c>name</c> or <c>{"na.me"}</c>.</summary>
    internal byte[] Alone { get; }

    /// <summary>The name before labels: <c>name{</c> or <c>{"na.me",</c>.</summary>
    internal byte[] Open { get; }
}
