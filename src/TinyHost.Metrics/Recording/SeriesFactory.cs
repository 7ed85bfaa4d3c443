// Owns: making the series of a family.

namespace TinyHost.Metrics;

internal sealed class SeriesFactory(
    InstrumentDefinition definition, MetricsOptions options, TimeProvider clock, Observation observation, SharedSegment? segment = null)
{
    private readonly SharedFactory? _shared = segment is null ? null : new SharedFactory(segment, definition);
    private readonly InstrumentKind _kind = definition.Kind;
    private readonly double[] _boundaries = definition.Boundaries;
    private readonly NativeHistogramOptions? _native = definition.Native;
    private readonly bool _exemplars = options.Exemplars;

    internal Series Create(LabelSet labels, SeriesTable owner, bool overflow) => _kind switch
    {
        InstrumentKind.Counter => CreateCounter(labels, owner, overflow),
        InstrumentKind.UpDownCounter => new SumSeries<OwnSum>(labels, monotonic: false, 0) { Owner = owner, IsOverflow = overflow },
        InstrumentKind.Gauge => new GaugeSeries(labels) { Owner = owner, IsOverflow = overflow },
        InstrumentKind.Histogram => CreateHistogram(labels, owner, overflow),
        InstrumentKind.Info => new InfoSeries(labels) { Owner = owner, IsOverflow = overflow },
        _ => new ObservedSeries(labels, observation, _kind, overflow || owner.Kept is not null)
        {
            Owner = owner,
            IsOverflow = overflow,
        },
    };

    private ScalarSeries CreateCounter(LabelSet labels, SeriesTable owner, bool overflow)
    {
        var created = Now();
        var exemplars = ExemplarCount(1);
        return _shared?.TryAdd(labels, created) is { } shared
            ? new SumSeries<SharedSum>(labels, monotonic: true, exemplars, new SharedSum(shared))
            {
                Owner = owner,
                IsOverflow = overflow,
                Created = created,
            }
            : new SumSeries<OwnSum>(labels, monotonic: true, exemplars)
            {
                Owner = owner,
                IsOverflow = overflow,
                Created = created,
            };
    }

    private HistogramSeries CreateHistogram(LabelSet labels, SeriesTable owner, bool overflow)
    {
        var exemplars = ExemplarCount(_boundaries.Length + 1);
        var created = Now();
        var shared = _shared?.TryAdd(labels, created);
        return _native is null
            ? new HistogramSeries(labels, _boundaries, exemplars, shared)
            {
                Owner = owner,
                IsOverflow = overflow,
                Created = created,
            }
            : new NativeHistogramSeries(
                labels, _boundaries, exemplars, new NativeHistogram(_native, clock, _shared?.NativeOf(shared)), clock, shared)
            {
                Owner = owner,
                IsOverflow = overflow,
                Created = created,
            };
    }

    private int ExemplarCount(int count)
    {
        if (!_exemplars)
        {
            return 0;
        }

        TraceWatch.Start();
        return count;
    }

    private double Now() => Series.TimeOf(clock);
}
