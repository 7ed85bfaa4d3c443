// Owns: series of one value that are recorded as they happen: sums, gauges and target_info.

namespace TinyHost.Metrics;

/// <summary>A series with one value.</summary>
internal abstract class ScalarSeries(LabelSet labels) : Series(labels)
{
    /// <summary>The current value.</summary>
    internal abstract double Value { get; }
}

/// <summary>
/// The sum of a Counter or UpDownCounter. Integers and fractions are summed separately: integers stay exact and cost one atomic addition.
/// Values that would spoil the sum are dropped: NaN, infinities, and negative ones if the sum is <paramref name="monotonic"/>.
/// </summary>
internal sealed class SumSeries(LabelSet labels, bool monotonic, ExemplarSlots? exemplars) : ScalarSeries(labels)
{
    private long _integers;
    private double _fractions;

    internal ExemplarSlots? Exemplars => exemplars;

    internal override double Value
    {
        get
        {
            var fractions = Volatile.Read(ref _fractions);
            var integers = Interlocked.Read(ref _integers);

            // A monotonic sum that overflows restarts from zero, which Prometheus reads as a counter reset, and never goes negative.
            return (monotonic ? (ulong)integers : integers) + fractions;
        }
    }

    internal override void Record(long value)
    {
        if (value >= 0 || !monotonic)
        {
            Interlocked.Add(ref _integers, value);
            exemplars?.Offer(0, value);
        }
    }

    internal override void Record(double value)
    {
        if (!double.IsFinite(value) || (monotonic && value < 0))
        {
            return;
        }

        var sum = Volatile.Read(ref _fractions);
        for (double seen; (seen = Interlocked.CompareExchange(ref _fractions, sum + value, sum)) != sum; sum = seen)
        {
        }

        exemplars?.Offer(0, value);
    }
}

/// <summary>The last value of a Gauge.</summary>
internal sealed class GaugeSeries(LabelSet labels) : ScalarSeries(labels)
{
    private double _value;

    internal override double Value => Volatile.Read(ref _value);

    internal override void Record(long value) => Volatile.Write(ref _value, value);

    internal override void Record(double value) => Volatile.Write(ref _value, value);
}

/// <summary>A constant 1, whose labels carry the information.</summary>
internal sealed class InfoSeries(LabelSet labels) : ScalarSeries(labels)
{
    internal override double Value => 1;

    internal override void Record(long value) => throw new InvalidOperationException("Nothing records into target_info.");

    internal override void Record(double value) => Record((long)value);
}
