// Owns: one family of several workers, while it is put together.

namespace TinyHost.Metrics;

/// <summary>The series of a family that several workers have.</summary>
/// <param name="first">What the worker that was started last says of the family.</param>
/// <param name="rule">What its values are over several workers, if it is a gauge.</param>
internal sealed class MergedFamily(SharedFamily first, GaugeAggregation rule)
{
    private readonly Dictionary<LabelSet, MergedSeries> _series = [];
    private double[]? _liveBounds;
    private double[]? _endedBounds;
    private int _native = first.NativeBuckets;

    internal FamilyType Type { get; } = first.Kind.FamilyType();

    internal string Name => first.Name;

    /// <summary>The series with these labels; a new one if there is none.</summary>
    internal MergedSeries SeriesOf(LabelSet labels)
    {
        if (!_series.TryGetValue(labels, out var series))
        {
            _series.Add(labels, series = new MergedSeries(rule));
        }

        return series;
    }

    /// <summary>Notes how a worker declares the family. The bounds are those that all living workers have.</summary>
    internal void Note(SharedFamily family, bool isLive)
    {
        ref var bounds = ref isLive ? ref _liveBounds : ref _endedBounds;
        bounds = bounds is null ? family.Boundaries : BucketBounds.Common(bounds, family.Boundaries);
        _native = _native == 0 || family.NativeBuckets == 0 ? 0 : Math.Max(_native, family.NativeBuckets);
    }

    /// <summary>The family with all its series; null if nothing of it is present.</summary>
    internal MetricFamily? ToFamily(MetricsOptions options, TimeProvider clock, Observation observation)
    {
        var family = first with { Boundaries = _liveBounds ?? _endedBounds ?? [], NativeBuckets = _native };
        MetricFamily? made = null;
        foreach (var (labels, merged) in _series)
        {
            if (merged.IsPresent)
            {
                made ??= new MetricFamily(DefinitionOf(family), options, clock, observation);
                merged.WriteTo(made.Add(labels), family);
            }
        }

        return made;
    }

    private static InstrumentDefinition DefinitionOf(SharedFamily family) => new(
        InstrumentDefinition.OwnMeter,
        family.Name,
        RecordedKind(family.Kind),
        family.Name,
        family.UnescapedName,
        family.Unit,
        family.Help,
        family.Boundaries,
        family.NativeBuckets == 0
            ? null
            : new NativeHistogramOptions
            {
                BucketFactor = NativeSum.FinestFactor,
                MaxBuckets = family.NativeBuckets,
                MinResetDuration = TimeSpan.Zero,
                ClassicBuckets = family.Boundaries.Length > 0,
            },
        int.MaxValue,
        TimeSpan.Zero,
        KeptTags: null,
        Tags: [],
        HasScope: false);

    private static InstrumentKind RecordedKind(InstrumentKind kind) => kind switch
    {
        InstrumentKind.ObservableCounter => InstrumentKind.Counter,
        InstrumentKind.UpDownCounter or InstrumentKind.ObservableUpDownCounter or InstrumentKind.ObservableGauge => InstrumentKind.Gauge,
        _ => kind,
    };
}
