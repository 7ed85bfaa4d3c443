// Owns: the constant text of a family in OpenMetrics 2, encoded once for each escaping scheme.
// Source: OpenMetrics 2.0.0-rc0, MetricFamily metadata and Histogram with Classic Buckets.

using System.Buffers;
using System.Text;

namespace TinyHost.Metrics;

internal sealed class OpenMetrics2Family
{
    private OpenMetrics2Family(MetricFamily family, OpenMetrics2Format format)
    {
        var definition = family.Definition;
        var name = TextFamily.NameOf(definition, format.Escaping);
        Name = new SampleName(name);
        Bounds =
        [
            .. definition.Boundaries.Append(double.PositiveInfinity)
                .Select(bound => Encoding.ASCII.GetBytes($"{SampleValue.Canonical(bound)}:")),
        ];
        Head = EncodeHead(name, family.Type, definition);
    }

    /// <summary>The lines <c># TYPE</c>, <c># UNIT</c> and <c># HELP</c>.</summary>
    internal byte[] Head { get; }

    internal SampleName Name { get; }

    /// <summary><c>0.5:</c> for each classic bucket of a histogram.</summary>
    internal byte[][] Bounds { get; }

    internal static OpenMetrics2Family Of(MetricFamily family, OpenMetrics2Format format) =>
        (OpenMetrics2Family)(family.Encoded[format.Index] ??= new OpenMetrics2Family(family, format));

    private static byte[] EncodeHead(string name, FamilyType type, InstrumentDefinition definition)
    {
        var head = new ArrayBufferWriter<byte>();
        TextFamily.AppendLine(head, "# TYPE ", name, type switch
        {
            FamilyType.Counter => "counter",
            FamilyType.Histogram => "histogram",
            FamilyType.Info => "info",
            _ => "gauge",
        });
        if (definition.Unit.Length > 0)
        {
            TextFamily.AppendLine(head, "# UNIT ", name, definition.Unit);
        }

        TextFamily.AppendHelp(head, name, definition.Help, escapeQuotes: true);
        return head.WrittenSpan.ToArray();
    }
}
