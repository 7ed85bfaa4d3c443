// Owns: counting the values of a histogram, or of one processor's part of it.

namespace TinyHost.Metrics;

/// <summary>
/// Counts and sum of a histogram, or of one processor's part. One lock word guards both: that is one atomic operation per measurement,
/// where counting and summing without a lock take two. A struct, so that a series contains its first cell; never copy it. In a worker
/// there are counts and sum in shared memory too, at the address <paramref name="shared"/>.
/// </summary>
internal struct HistogramCell(int buckets, nint shared = 0)
{
    private readonly long[] _counts = new long[buckets];
    private double _sum;
    private int _locked;
    private bool _isClosed;

    /// <summary>Counts a value, unless another thread holds the lock: then it returns false.</summary>
    internal bool TryAdd(int bucket, double value)
    {
        if (Interlocked.Exchange(ref _locked, 1) != 0)
        {
            return false;
        }

        CountAndExit(bucket, value);
        return true;
    }

    /// <summary>Counts a value. Returns false if the cell is closed.</summary>
    internal bool Add(int bucket, double value)
    {
        var isOpen = Enter();
        if (isOpen)
        {
            CountAndExit(bucket, value);
        }

        return isOpen;
    }

    /// <summary>Takes the lock. Returns false if the cell is closed.</summary>
    internal bool Enter()
    {
        // A holder needs nanoseconds, unless it lost its processor: then yield ours.
        var wait = default(SpinWait);
        while (Interlocked.Exchange(ref _locked, 1) != 0)
        {
            do
            {
                if (Volatile.Read(ref _isClosed))
                {
                    return false;
                }

                wait.SpinOnce();
            }
            while (Volatile.Read(ref _locked) != 0);
        }

        return true;
    }

    /// <summary>Ends counting. The caller holds the lock, which is not released: so an open cell need not be checked for it.</summary>
    internal void Close() => Volatile.Write(ref _isClosed, true);

    internal void Exit() => Volatile.Write(ref _locked, 0);

    /// <summary>Adds the counts, not cumulated, to <paramref name="counts"/> and returns the sum. The caller holds the lock.</summary>
    internal readonly double AddTo(Span<long> counts)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] += _counts[i];
        }

        return _sum;
    }

    /// <summary>Adds counts and their sum. The caller holds the lock.</summary>
    internal void Add(ReadOnlySpan<long> counts, double sum)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            _counts[i] += counts[i];
        }

        _sum += sum;
    }

    /// <summary>Counts a value and releases the lock, which the caller holds.</summary>
    internal void CountAndExit(int bucket, double value)
    {
        _counts[bucket]++;
        _sum += value;
        if (shared != 0)
        {
            SharedCounts.Write(shared, bucket, _counts[bucket], _sum);
        }

        Exit();
    }

    /// <summary>
    /// Begins a change of the words in shared memory, if there are any: the next count ends it. The caller holds the lock.
    /// </summary>
    internal readonly void BeginShared()
    {
        if (shared != 0)
        {
            SharedCounts.Begin(shared);
        }
    }

    /// <summary>Resets counts and sum. The caller holds the lock.</summary>
    internal void Clear()
    {
        Array.Clear(_counts);
        _sum = 0;
    }
}
