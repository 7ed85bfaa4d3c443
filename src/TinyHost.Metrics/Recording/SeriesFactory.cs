// Owns: making the series of a family.

namespace TinyHost.Metrics;

internal sealed class SeriesFactory(InstrumentDefinition definition, MetricsOptions options, TimeProvider clock, Observation observation)
{
    private readonly bool _exemplars = options.Exemplars;

    internal Series Create(LabelSet labels, SeriesTable owner, bool overflow) => definition.Kind switch
    {
        InstrumentKind.Counter => new SumSeries(labels, monotonic: true, NewExemplars(1))
        {
            Owner = owner,
            IsOverflow = overflow,
            Created = Now(),
        },
        InstrumentKind.UpDownCounter => new SumSeries(labels, monotonic: false, null) { Owner = owner, IsOverflow = overflow },
        InstrumentKind.Gauge => new GaugeSeries(labels) { Owner = owner, IsOverflow = overflow },
        InstrumentKind.Histogram => CreateHistogram(labels, owner, overflow),
        InstrumentKind.Info => new InfoSeries(labels) { Owner = owner, IsOverflow = overflow },
        _ => new ObservedSeries(labels, observation, definition.Kind, overflow || owner.Definition.KeptTags is not null)
        {
            Owner = owner,
            IsOverflow = overflow,
        },
    };

    private HistogramSeries CreateHistogram(LabelSet labels, SeriesTable owner, bool overflow)
    {
        var exemplars = NewExemplars(definition.Boundaries.Length + 1);
        var created = Now();
        return definition.Native is { } native
            ? new NativeHistogramSeries(labels, definition.Boundaries, exemplars, new NativeHistogram(native, clock), clock)
            {
                Owner = owner,
                IsOverflow = overflow,
                Created = created,
            }
            : new HistogramSeries(labels, definition.Boundaries, exemplars)
            {
                Owner = owner,
                IsOverflow = overflow,
                Created = created,
            };
    }

    private ExemplarSlots? NewExemplars(int count) => _exemplars ? new ExemplarSlots(count, clock) : null;

    private double Now() => Series.TimeOf(clock);
}
