// Owns: giving the series of a family their place in the memory that a worker shares with its parent.

namespace TinyHost.Metrics;

/// <summary>Counters and histograms have a place there. Their family gets its own with its first series.</summary>
internal sealed class SharedFactory(SharedSegment segment, InstrumentDefinition definition)
{
    private const int Unknown = -2;

    private readonly int _native = definition.Native is { } options ? NativeHistogram.MaxBuckets(options) : 0;
    private int _family = Unknown;

    /// <summary>A place for a series; null if there is no room. The caller holds the family's lock.</summary>
    internal SharedSeries? TryAdd(LabelSet labels, double created)
    {
        if (_family == Unknown)
        {
            _family = segment.AddFamily(Describe(definition, _native));
        }

        if (definition.Kind == InstrumentKind.Counter)
        {
            return segment.TryAddSeries(_family, labels.Tags, created, SharedFormat.ScalarWords);
        }

        // A native histogram keeps a single cell.
        var buckets = definition.Boundaries.Length + 1;
        var cells = _native > 0 ? 0 : ProcessorCell.Count;
        return segment.TryAddSeries(
            _family,
            labels.Tags,
            created,
            SharedFormat.HistogramWords(buckets, _native),
            (cells, SharedFormat.HistogramWords(buckets, native: 0)));
    }

    /// <summary>The native buckets of a series; null if the series has no place.</summary>
    internal SharedNative? NativeOf(SharedSeries? series) => series is null
        ? null
        : new SharedNative(
            series.Words + (SharedFormat.HistogramWords(definition.Boundaries.Length + 1, native: 0) * sizeof(long)), _native);

    /// <summary>What a worker tells its parent of a family.</summary>
    internal static SharedFamily Describe(InstrumentDefinition definition, int native) => new(
        definition.Kind,
        definition.Family,
        definition.UnescapedFamily,
        definition.Unit,
        definition.Help,
        definition.Boundaries,
        native);
}
