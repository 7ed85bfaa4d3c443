// Owns: the counts and the sum of a histogram, or of a part of one, and the lock they change under.
// Does not own: which measurements come here (HistogramSeries).

namespace TinyHost.Metrics;

/// <summary>
/// Count and sum change together under a lock of one word, so that a reading is of one moment; that is one atomic operation for each
/// measurement, where counting and summing without a lock would be two. A struct, so that a series holds its first cell itself; never to be copied.
/// </summary>
internal struct HistogramCell(int buckets)
{
    private readonly long[] _counts = new long[buckets];
    private double _sum;
    private int _held;

    /// <summary>Counts a measurement. False, and nothing is counted, when another thread holds the lock.</summary>
    internal bool TryAdd(int bucket, double value)
    {
        if (Interlocked.Exchange(ref _held, 1) != 0)
        {
            return false;
        }

        Count(bucket, value);
        return true;
    }

    /// <summary>Counts a measurement.</summary>
    internal void Add(int bucket, double value)
    {
        Enter();
        Count(bucket, value);
    }

    internal void Enter()
    {
        // What is done under the lock takes some nanoseconds; only a holder that lost its processor takes longer, so give ours up then.
        var wait = default(SpinWait);
        while (Interlocked.Exchange(ref _held, 1) != 0)
        {
            do
            {
                wait.SpinOnce();
            }
            while (Volatile.Read(ref _held) != 0);
        }
    }

    internal void Exit() => Volatile.Write(ref _held, 0);

    /// <summary>Adds the counts to <paramref name="counts"/>, bucket by bucket and not cumulated, and returns the sum. The lock must be held.</summary>
    internal readonly double AddTo(Span<long> counts)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] += _counts[i];
        }

        return _sum;
    }

    /// <summary>Counts a measurement and leaves the lock, which must be held.</summary>
    internal void Count(int bucket, double value)
    {
        _counts[bucket]++;
        _sum += value;
        Exit();
    }

    /// <summary>Forgets what was counted. The lock must be held.</summary>
    internal void Clear()
    {
        Array.Clear(_counts);
        _sum = 0;
    }
}
