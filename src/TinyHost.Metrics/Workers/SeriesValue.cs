// Owns: the value of a series of a worker, read from its words.

namespace TinyHost.Metrics;

/// <summary>The value of one series as of one moment.</summary>
internal sealed class SeriesValue
{
    // Beyond what anything counts, and far from an overflow when such counts are added.
    private const long MaxCount = 1L << 53;

    /// <summary>The sum of the integers of a counter.</summary>
    internal long Integers { get; init; }

    /// <summary>The sum of the fractions of a counter, the sum of a histogram, or the value of a gauge.</summary>
    internal double Number { get; init; }

    /// <summary>The counts of a histogram's buckets, not cumulated; empty for other kinds.</summary>
    internal long[] Counts { get; init; } = [];

    /// <summary>What its native buckets are; meaningless if there are none.</summary>
    internal NativeReading Native { get; init; }

    /// <summary>The native buckets, the positive ones first; null for a histogram without, or one that has counted nothing.</summary>
    internal NativeBucket[]? NativeBuckets { get; init; }

    /// <summary>How many words a series of the family has.</summary>
    internal static int WordsOf(SharedFamily family) => family.Kind == InstrumentKind.Histogram
        ? SharedFormat.HistogramWords(family.Boundaries.Length + 1, family.NativeBuckets)
        : SharedFormat.ScalarWords;

    /// <summary>Reads the words of a series of the family. Numbers that no series can have count as 0.</summary>
    internal static SeriesValue Read(SharedFamily family, ReadOnlySpan<long> words)
    {
        var number = BitConverter.Int64BitsToDouble(words[1]);
        if (family.Kind != InstrumentKind.Histogram)
        {
            return new SeriesValue
            {
                Integers = words[0],
                Number = family.Kind.IsGauge() || double.IsFinite(number) ? number : 0,
            };
        }

        var counts = words.Slice(SharedFormat.HistogramHeader, family.Boundaries.Length + 1).ToArray();
        foreach (ref var count in counts.AsSpan())
        {
            count = count is < 0 or > MaxCount ? 0 : count;
        }

        var native = words[(SharedFormat.HistogramHeader + counts.Length)..];
        var (reading, buckets) = native.IsEmpty ? default : ReadNative(native, family.NativeBuckets);
        return new SeriesValue
        {
            Counts = counts,
            Number = family.NativeBuckets > 0 || double.IsFinite(number) ? number : 0,
            Native = reading,
            NativeBuckets = buckets,
        };
    }

    /// <summary>Both values together, of a counter or of a histogram with the same bounds.</summary>
    /// <param name="other">The other value.</param>
    /// <param name="native">The limit on native buckets.</param>
    internal SeriesValue Plus(SeriesValue other, int native)
    {
        var (reading, buckets) = NativeSum.Of(this, other, native);
        var counts = Counts.AsSpan().ToArray();
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] += other.Counts[i];
        }

        return new SeriesValue
        {
            Integers = Integers + other.Integers,
            Number = Number + other.Number,
            Counts = counts,
            Native = reading,
            NativeBuckets = buckets,
        };
    }

    private static (NativeReading Reading, NativeBucket[]? Buckets) ReadNative(ReadOnlySpan<long> words, int capacity)
    {
        var length = SharedFormat.NativeWords(capacity);
        var copy = words.Slice(1 + ((int)(words[0] & 1) * length), length);
        var (schema, threshold, zero) = (copy[0], BitConverter.Int64BitsToDouble(copy[1]), copy[2]);
        var (positive, negative) = (copy[3], copy[4]);
        if (schema is < NativeSchema.Coarsest or > NativeSchema.Finest
            || !(threshold >= 0) || !double.IsFinite(threshold) || zero is < 0 or > MaxCount
            || positive < 0 || positive > capacity || negative < 0 || negative > capacity - positive
            || zero + positive + negative == 0)
        {
            return default;
        }

        // From 2^-128 to infinity.
        var (least, greatest) = schema >= 0
            ? (-(128 << (int)schema), (1_024 << (int)schema) + 1)
            : (-(128 >> (int)-schema), (1_024 >> (int)-schema) + 1);
        var buckets = new NativeBucket[positive + negative];
        for (var i = 0; i < buckets.Length; i++)
        {
            var at = SharedFormat.NativeHeader + (2 * i);
            var (index, count) = (copy[at], copy[at + 1]);
            if (index <= least || index > greatest || count is < 0 or > MaxCount
                || (i > 0 && i != positive && index <= buckets[i - 1].Index))
            {
                return default;
            }

            buckets[i] = new NativeBucket((int)index, count);
        }

        return (new NativeReading((int)schema, threshold, zero, (int)positive, (int)negative), buckets);
    }
}
