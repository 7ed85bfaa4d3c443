// Owns: the non-empty buckets of one sign of a native histogram.

namespace TinyHost.Metrics;

/// <summary>A non-empty bucket of a native histogram.</summary>
/// <param name="Index">Its index in the schema of its histogram.</param>
/// <param name="Count">The number of values in it, not cumulated.</param>
internal readonly record struct NativeBucket(int Index, long Count);

/// <summary>Buckets sorted by index. Only a new bucket may allocate. Callers hold the series' lock.</summary>
internal sealed class NativeBuckets
{
    private NativeBucket[] _buckets = new NativeBucket[8];
    private int _last;

    internal int Count { get; private set; }

    /// <summary>Another number after each change but that of one count.</summary>
    internal int Version { get; private set; }

    /// <summary>The bucket that was counted last, if no other change came after.</summary>
    internal int Last => _last;

    internal ReadOnlySpan<NativeBucket> All => _buckets.AsSpan(0, Count);

    /// <summary>Counts one value.</summary>
    internal void Add(int index)
    {
        // Successive values often fall into the same bucket.
        if (_last >= Count || _buckets[_last].Index != index)
        {
            _last = FindOrInsert(index);
        }

        ref var bucket = ref _buckets[_last];
        bucket = bucket with { Count = bucket.Count + 1 };
    }

    /// <summary>Makes every bucket twice as wide.</summary>
    internal void Coarsen()
    {
        Version++;
        var kept = 0;
        foreach (var bucket in All)
        {
            var index = NativeSchema.Coarsen(bucket.Index, 1);
            if (kept > 0 && _buckets[kept - 1].Index == index)
            {
                _buckets[kept - 1] = new NativeBucket(index, _buckets[kept - 1].Count + bucket.Count);
            }
            else
            {
                _buckets[kept++] = new NativeBucket(index, bucket.Count);
            }
        }

        Count = kept;
    }

    /// <summary>Removes the bucket nearest to zero if it has this index. Returns its count.</summary>
    internal long RemoveFirst(int index)
    {
        if (Count == 0 || _buckets[0].Index != index)
        {
            return 0;
        }

        Version++;
        var count = _buckets[0].Count;
        _buckets.AsSpan(1, --Count).CopyTo(_buckets);
        return count;
    }

    internal void Clear()
    {
        Version++;
        Count = 0;
    }

    /// <summary>Adds to the count of a bucket.</summary>
    internal void Add(NativeBucket added)
    {
        _last = FindOrInsert(added.Index);
        _buckets[_last] = added with { Count = _buckets[_last].Count + added.Count };
    }

    private int FindOrInsert(int index)
    {
        var low = 0;
        for (var high = Count; low < high;)
        {
            var middle = (low + high) / 2;
            if (_buckets[middle].Index < index)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        if (low == Count || _buckets[low].Index != index)
        {
            if (Count == _buckets.Length)
            {
                Array.Resize(ref _buckets, Count * 2);
            }

            Version++;
            _buckets.AsSpan(low, Count++ - low).CopyTo(_buckets.AsSpan(low + 1));
            _buckets[low] = new NativeBucket(index, 0);
        }

        return low;
    }
}
