// Owns: the kinds of instrument, and the type of family each becomes.

namespace TinyHost.Metrics;

/// <summary>The type of a metric family.</summary>
internal enum FamilyType
{
    Counter,
    Gauge,
    Histogram,
    Info,
}

/// <summary>
/// The kinds of instrument in System.Diagnostics.Metrics, and <see cref="Info"/> for <c>target_info</c> and <c>build_info</c>.
/// </summary>
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
