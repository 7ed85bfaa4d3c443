// Owns: those parts of a family's text that never change, encoded once.
// Does not own: labels, which each series has encoded (LabelSet).

using System.Buffers;
using System.Text;

namespace TinyHost.Metrics;

internal sealed class TextFamily
{
    private TextFamily(MetricFamily family)
    {
        string name = family.Name;
        Name = Encoding.UTF8.GetBytes(name);
        BucketName = Encoding.UTF8.GetBytes(name + "_bucket{");
        SumName = Encoding.UTF8.GetBytes(name + "_sum");
        CountName = Encoding.UTF8.GetBytes(name + "_count");
        BucketEnds = [.. family.Definition.Boundaries.Append(double.PositiveInfinity).Select(BucketEnd)];
        Head = EncodeHead(family);
    }

    /// <summary>The lines <c># HELP</c> and <c># TYPE</c>.</summary>
    internal byte[] Head { get; }

    internal byte[] Name { get; }

    /// <summary><c>name_bucket{</c></summary>
    internal byte[] BucketName { get; }

    internal byte[] SumName { get; }

    internal byte[] CountName { get; }

    /// <summary><c>le="0.5"} </c>, for each bucket of a histogram.</summary>
    internal byte[][] BucketEnds { get; }

    internal static TextFamily Of(MetricFamily family) => (TextFamily)(family.Encoded ??= new TextFamily(family));

    private static byte[] BucketEnd(double bound)
    {
        Span<byte> value = stackalloc byte[SampleValue.MaxLength];
        value = value[..SampleValue.Write(bound, value)];
        return [.. "le=\""u8, .. value, .. "\"} "u8];
    }

    private static byte[] EncodeHead(MetricFamily family)
    {
        var head = new ArrayBufferWriter<byte>();
        Encoding.UTF8.GetBytes($"# HELP {family.Name} ", head);
        EscapedText.AppendHelp(head, family.Definition.Help);
        string type = family.Type switch
        {
            FamilyType.Counter => "counter",
            FamilyType.Histogram => "histogram",
            _ => "gauge",
        };
        Encoding.UTF8.GetBytes($"\n# TYPE {family.Name} {type}\n", head);
        return head.WrittenSpan.ToArray();
    }
}
