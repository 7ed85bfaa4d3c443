// Owns: the delimited protobuf format, except for histograms (ProtobufHistogram).
// Source: Prometheus client_model, io.prometheus.client.MetricFamily. Comments give the field numbers of the message they name.

using System.Text;

namespace TinyHost.Metrics;

/// <summary>Protobuf messages. The constant parts of families and label sets are encoded once.</summary>
internal sealed class ProtobufFormat : ExpositionFormat
{
    // Everything but the labels: a value, an exemplar, a time, and the tags and lengths around them.
    private const int MaxScalar = ProtobufExemplar.MaxLength + 64;

    private static readonly ProtobufFormat[] s_all = [.. Enum.GetValues<EscapingScheme>().Select(scheme => new ProtobufFormat(scheme))];

    private ProtobufFormat(EscapingScheme escaping)
        : base(TextFormat.Count + (int)escaping) => Escaping = escaping;

    internal EscapingScheme Escaping { get; }

    internal override MetricsFormats Kind => MetricsFormats.Protobuf;

    internal override bool IsDelimited => true;

    internal static ProtobufFormat In(EscapingScheme escaping) => s_all[(int)escaping];

    internal override void WriteHead(ref ChunkWriter output, MetricFamily family) =>
        output.Write((byte[])(family.Encoded[Index] ??= EncodeHead(family)));

    internal override void WriteEnd(ref ChunkWriter output)
    {
    }

    internal override void WriteSeries(ref ChunkWriter output, MetricFamily family, Series series)
    {
        var labels = (ReadOnlySpan<byte>)(series.Labels.Escaped.Protobuf[(int)Escaping] ??= EncodeLabels(series.Labels));
        if (series is HistogramSeries histogram)
        {
            ProtobufHistogram.Write(ref output, family.Definition, histogram, labels);
            return;
        }

        var room = output.Reserve(labels.Length + MaxScalar);
        var metric = new BackwardWriter(room);

        // Metric: gauge = 2, counter = 3.
        if (family.Type == FamilyType.Counter)
        {
            WriteCounter(ref metric, (ScalarSeries)series);
            metric.EndField(3, 0);
        }
        else
        {
            metric.Field(1, ((ScalarSeries)series).Value);
            metric.EndField(2, 0);
        }

        output.Advance(EndMetric(ref metric, labels, room));
    }

    /// <summary>Completes a metric whose value is written, and moves it to the front of its room. Returns its length.</summary>
    internal static int EndMetric(ref BackwardWriter metric, ReadOnlySpan<byte> labels, Span<byte> room)
    {
        // MetricFamily: metric = 4.
        metric.Raw(labels);
        metric.EndField(4, 0);
        metric.Written.CopyTo(room);
        return metric.Length;
    }

    // Counter: value = 1, exemplar = 2, created_timestamp = 3.
    private static void WriteCounter(ref BackwardWriter counter, ScalarSeries series)
    {
        ProtobufExemplar.WriteTime(ref counter, 3, series.Created);
        ProtobufExemplar.Write(ref counter, 2, series.Exemplars, 0);
        counter.Field(1, series.Value);
    }

    // Metric: label = 1. LabelPair: name = 1, value = 2.
    private byte[] EncodeLabels(LabelSet set)
    {
        var labels = set.LabelsIn(Escaping);
        var room = labels.Sum(
            label => Encoding.UTF8.GetMaxByteCount(label.Key.Length + label.Value.Length) + (6 * BackwardWriter.MaxVarint));
        var message = new BackwardWriter(new byte[room]);
        for (var i = labels.Count - 1; i >= 0; i--)
        {
            var end = message.Length;
            message.Field(2, Encoding.UTF8.GetBytes(labels[i].Value));
            message.Field(1, Encoding.UTF8.GetBytes(labels[i].Key));
            message.EndField(1, end);
        }

        return message.Written.ToArray();
    }

    // MetricFamily: name = 1, help = 2, type = 3, unit = 5.
    private byte[] EncodeHead(MetricFamily family)
    {
        var definition = family.Definition;
        var escaped = EscapedName.Metric(definition.UnescapedFamily, Escaping);
        var counted = (family.Type == FamilyType.Counter ? MetricName.WithoutSuffix(escaped, "_total") : null) ?? escaped;
        var name = Encoding.UTF8.GetBytes(escaped);
        var help = Encoding.UTF8.GetBytes(definition.Help);
        var unit = Encoding.UTF8.GetBytes(definition.Unit);
        var head = new BackwardWriter(new byte[name.Length + help.Length + unit.Length + 64]);
        if (MetricName.HasUnit(counted, definition.Unit))
        {
            head.Field(5, unit);
        }

        head.Field(3, family.Type switch { FamilyType.Counter => 0ul, FamilyType.Histogram => 4, _ => 1 });
        head.Field(2, help);
        head.Field(1, name);
        return head.Written.ToArray();
    }
}
