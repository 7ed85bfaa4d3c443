// Owns: the running sum of a Counter or UpDownCounter.
// Does not own: sums that observables report (ObservedSeries).

namespace TinyHost.Metrics;

/// <summary>
/// A sum. Integers and fractions are added apart, so that integers are exact and one atomic addition is all they cost. What would spoil the sum
/// for good is left out: a value that is not finite, and one below zero where the sum is <paramref name="monotonic"/>. The last measurement made within a trace is its exemplar.
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

            // One that only goes up begins anew behind the greatest number, as one of Prometheus does at a restart, and is never below zero.
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

        var held = Volatile.Read(ref _fractions);
        for (double seen; (seen = Interlocked.CompareExchange(ref _fractions, held + value, held)) != held; held = seen)
        {
        }

        exemplars?.Offer(0, value);
    }
}
