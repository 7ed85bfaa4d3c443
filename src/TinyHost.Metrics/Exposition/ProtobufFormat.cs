// Owns: the delimited protobuf format: which fields the messages of a family have.
// Does not own: the wire format (BackwardWriter), exemplars and times (ProtobufExemplar), nor what delimits families (DelimitedMessage).
// Source: Prometheus client_model, io.prometheus.client.MetricFamily; field numbers in the comments are of the message named.

using System.Text;

namespace TinyHost.Metrics;

/// <summary>Messages of protobuf. What every family and every label set has in them is encoded once.</summary>
internal sealed class ProtobufFormat : ExpositionFormat
{
    private static readonly ProtobufFormat[] s_all = [.. Enum.GetValues<EscapingScheme>().Select(scheme => new ProtobufFormat(scheme))];

    private ProtobufFormat(EscapingScheme escaping)
        : base(TextFormat.Indices + (int)escaping) => Escaping = escaping;

    internal EscapingScheme Escaping { get; }

    internal override bool IsDelimited => true;

    internal static ProtobufFormat In(EscapingScheme escaping) => s_all[(int)escaping];

    internal override void WriteHead(ref ChunkWriter output, MetricFamily family) =>
        output.Write((byte[])(family.Encoded[Index] ??= EncodeHead(family)));

    internal override void WriteEnd(ref ChunkWriter output)
    {
    }

    internal override void WriteSeries(ref ChunkWriter output, MetricFamily family, Series series)
    {
        ReadOnlySpan<byte> labels = series.Labels.ProtobufIn(Escaping);
        Span<byte> room = output.Reserve(labels.Length + MaxScalar + (series is HistogramSeries ? (family.Definition.Boundaries.Length + 1) * MaxBucket : 0));
        var metric = new BackwardWriter(room);

        // Metric: gauge = 2, counter = 3, histogram = 7.
        switch (family.Type)
        {
            case FamilyType.Histogram:
                WriteHistogram(ref metric, (HistogramSeries)series, family.Definition.Boundaries);
                metric.EndField(7, 0);
                break;
            case FamilyType.Counter:
                WriteCounter(ref metric, (ScalarSeries)series);
                metric.EndField(3, 0);
                break;
            default:
                metric.Field(1, ((ScalarSeries)series).Value);
                metric.EndField(2, 0);
                break;
        }

        // MetricFamily: metric = 4.
        metric.Raw(labels);
        metric.EndField(4, 0);
        metric.Written.CopyTo(room);
        output.Advance(metric.Length);
    }

    // Counter: value = 1, exemplar = 2, created_timestamp = 3.
    private static void WriteCounter(ref BackwardWriter counter, ScalarSeries series)
    {
        ProtobufExemplar.WriteTime(ref counter, 3, series.Created);
        ProtobufExemplar.Write(ref counter, 2, (series as SumSeries)?.Exemplars, 0);
        counter.Field(1, series.Value);
    }

    // Histogram: sample_count = 1, sample_sum = 2, bucket = 3, created_timestamp = 15.
    private static void WriteHistogram(ref BackwardWriter histogram, HistogramSeries series, double[] boundaries)
    {
        Span<long> counts = boundaries.Length < MaxOnStack ? stackalloc long[boundaries.Length + 1] : new long[boundaries.Length + 1];
        double sum = series.Read(counts);
        long count = 0;
        foreach (long counted in counts)
        {
            count += counted;
        }

        ProtobufExemplar.WriteTime(ref histogram, 15, series.Created);
        long cumulated = count;
        for (int i = boundaries.Length; i >= 0; cumulated -= counts[i--])
        {
            WriteBucket(ref histogram, i < boundaries.Length ? boundaries[i] : double.PositiveInfinity, cumulated, series.Exemplars, i);
        }

        histogram.Field(2, sum);
        histogram.Field(1, (ulong)count);
    }

    // Bucket: cumulative_count = 1, upper_bound = 2, exemplar = 3. The bucket +Inf goes without saying, unless it has an exemplar.
    private static void WriteBucket(ref BackwardWriter histogram, double bound, long cumulated, ExemplarSlots? exemplars, int slot)
    {
        int end = histogram.Length;
        ProtobufExemplar.Write(ref histogram, 3, exemplars, slot);
        if (histogram.Length == end && double.IsPositiveInfinity(bound))
        {
            return;
        }

        histogram.Field(2, bound);
        histogram.Field(1, (ulong)cumulated);
        histogram.EndField(3, end);
    }

    // MetricFamily: name = 1, help = 2, type = 3, unit = 5.
    private byte[] EncodeHead(MetricFamily family)
    {
        InstrumentDefinition definition = family.Definition;
        byte[] name = Encoding.UTF8.GetBytes(EscapedName.Metric(definition.UnescapedFamily, Escaping));
        byte[] help = Encoding.UTF8.GetBytes(definition.Help);
        byte[] unit = Encoding.UTF8.GetBytes(definition.Unit);
        var head = new BackwardWriter(new byte[name.Length + help.Length + unit.Length + 64]);
        if (unit.Length > 0)
        {
            head.Field(5, unit);
        }

        head.Field(3, family.Type switch { FamilyType.Counter => 0ul, FamilyType.Histogram => 4, _ => 1 });
        head.Field(2, help);
        head.Field(1, name);
        return head.Written.ToArray();
    }

    // Everything but labels and buckets: an exemplar, a time, count and sum, and the tags and lengths around them.
    private const int MaxScalar = ProtobufExemplar.MaxLength + 128;
    private const int MaxBucket = ProtobufExemplar.MaxLength + 32;
    private const int MaxOnStack = 256;
}
