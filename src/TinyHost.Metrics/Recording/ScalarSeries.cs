// Owns: series of one value that are recorded as they happen: sums and gauges; and constants.

using System.Diagnostics.CodeAnalysis;

namespace TinyHost.Metrics;

/// <summary>Where a sum is: in its series, or in memory that other processes read too.</summary>
internal interface ISumWords
{
    [UnscopedRef]
    ref long Integers { get; }

    [UnscopedRef]
    ref double Fractions { get; }

    /// <summary>The series in shared memory; null for none.</summary>
    SharedSeries? Shared { get; }
}

/// <summary>A sum in its series.</summary>
internal struct OwnSum : ISumWords
{
    private long _integers;
    private double _fractions;

    [UnscopedRef]
    public ref long Integers => ref _integers;

    [UnscopedRef]
    public ref double Fractions => ref _fractions;

    public readonly SharedSeries? Shared => null;
}

/// <summary>A series with one value.</summary>
internal abstract class ScalarSeries(LabelSet labels, int exemplarCount = 0) : Series(labels, exemplarCount)
{
    /// <summary>The current value.</summary>
    internal abstract double Value { get; }
}

/// <summary>
/// The sum of a Counter or UpDownCounter. Integers and fractions are summed separately: integers stay exact and cost one atomic addition.
/// Values that would spoil the sum are dropped: NaN, infinities, and negative ones if the sum is <paramref name="monotonic"/>.
/// </summary>
internal sealed class SumSeries<TWords>(LabelSet labels, bool monotonic, int exemplarCount, TWords words = default)
    : ScalarSeries(labels, exemplarCount)
    where TWords : struct, ISumWords
{
    private TWords _words = words;
    private long _markedIntegers;
    private double _markedFractions;

    internal override double Value
    {
        get
        {
            var fractions = Volatile.Read(ref _words.Fractions);
            var integers = Interlocked.Read(ref _words.Integers);

            // A monotonic sum that overflows restarts from zero, which Prometheus reads as a counter reset, and never goes negative.
            return (monotonic ? (ulong)integers : integers) + fractions;
        }
    }

    internal override SharedSeries? Shared => _words.Shared;

    internal override bool HasLate =>
        Interlocked.Read(ref _words.Integers) != _markedIntegers || Volatile.Read(ref _words.Fractions) != _markedFractions;

    internal override int Record(long value)
    {
        if (value < 0 && monotonic)
        {
            Owner.Family.Dropped.Note(value);
            return NoSlot;
        }

        Interlocked.Add(ref _words.Integers, value);
        return 0;
    }

    internal override int Record(double value)
    {
        if (!double.IsFinite(value) || (monotonic && value < 0))
        {
            Owner.Family.Dropped.Note(value);
            return NoSlot;
        }

        var sum = Volatile.Read(ref _words.Fractions);
        for (double seen; (seen = Interlocked.CompareExchange(ref _words.Fractions, sum + value, sum)) != sum; sum = seen)
        {
        }

        return 0;
    }

    internal override void MoveTo(Series successor)
    {
        // In shared memory what came late stays counted where it is: the parent adds both series.
        if (Shared is not null)
        {
            Mark();
            return;
        }

        var (integers, fractions) = (_markedIntegers, _markedFractions);
        Mark();
        if (_markedIntegers != integers)
        {
            successor.Record(_markedIntegers - integers);
        }

        if (_markedFractions != fractions)
        {
            successor.Record(_markedFractions - fractions);
        }
    }

    internal override void Mark() =>
        (_markedIntegers, _markedFractions) = (Interlocked.Read(ref _words.Integers), Volatile.Read(ref _words.Fractions));

    // An UpDownCounter that is not at zero counts something that is still there, and could not be counted down in a new series.
    internal override bool IsAsMarked() => !HasLate && (monotonic || Value == 0);
}

/// <summary>The last value of a Gauge.</summary>
internal sealed class GaugeSeries(LabelSet labels) : ScalarSeries(labels)
{
    private double _value;
    private double _marked;

    internal override double Value => Volatile.Read(ref _value);

    // The value may be the same as before.
    internal override bool HasLate => true;

    internal override int Record(long value) => Record((double)value);

    internal override int Record(double value)
    {
        Volatile.Write(ref _value, value);
        return NoSlot;
    }

    internal override void MoveTo(Series successor) => successor.Record(Value);

    internal override void Mark() => _marked = Value;

    internal override bool IsAsMarked() => Value.Equals(_marked);
}

/// <summary>A constant 1, whose labels carry the information.</summary>
internal sealed class InfoSeries(LabelSet labels) : ScalarSeries(labels)
{
    internal override double Value => 1;

    internal override int Record(long value) => throw new InvalidOperationException("Nothing records into a constant.");

    internal override int Record(double value) => Record((long)value);
}
