// Owns: the seven kinds of instrument, the description of the target, and what each is to Prometheus.
// Does not own: reading the kind off an instrument (InstrumentDefinition).

namespace TinyHost.Metrics;

internal enum InstrumentKind
{
    Counter,
    UpDownCounter,
    Gauge,
    Histogram,
    Info,
    ObservableCounter,
    ObservableUpDownCounter,
    ObservableGauge,
}

internal static class InstrumentKinds
{
    extension(InstrumentKind kind)
    {
        internal bool IsMonotonic() => kind is InstrumentKind.Counter or InstrumentKind.ObservableCounter;

        internal bool IsGauge() => kind is InstrumentKind.Gauge or InstrumentKind.ObservableGauge;

        internal bool IsObservable() => kind >= InstrumentKind.ObservableCounter;

        internal FamilyType FamilyType() => kind switch
        {
            InstrumentKind.Counter or InstrumentKind.ObservableCounter => TinyHost.Metrics.FamilyType.Counter,
            InstrumentKind.Histogram => TinyHost.Metrics.FamilyType.Histogram,
            InstrumentKind.Info => TinyHost.Metrics.FamilyType.Info,
            _ => TinyHost.Metrics.FamilyType.Gauge,
        };
    }
}
