// Owns: the last value a Gauge recorded.
// Does not own: gauges that observables report (ObservedSeries).

namespace TinyHost.Metrics;

internal sealed class GaugeSeries(LabelSet labels) : ScalarSeries(labels)
{
    private double _value;

    internal override double Value => Volatile.Read(ref _value);

    internal override void Record(long value) => Volatile.Write(ref _value, value);

    internal override void Record(double value) => Volatile.Write(ref _value, value);
}
