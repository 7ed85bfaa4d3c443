// Owns: the buckets of one sign in which something was counted, in order.
// Does not own: the limit on how many (NativeHistogram).

namespace TinyHost.Metrics;

/// <summary>Buckets, sorted by index. Only a bucket that is new may allocate. Whoever calls holds the series' lock.</summary>
internal sealed class NativeBuckets
{
    private NativeBucket[] _buckets = new NativeBucket[8];
    private int _last;

    /// <summary>How many there are.</summary>
    internal int Count { get; private set; }

    internal ReadOnlySpan<NativeBucket> All => _buckets.AsSpan(0, Count);

    /// <summary>Counts one value.</summary>
    internal void Add(int index)
    {
        // Values that follow each other are often alike.
        if (_last >= Count || _buckets[_last].Index != index)
        {
            _last = PlaceOf(index);
        }

        ref var bucket = ref _buckets[_last];
        bucket = bucket with { Count = bucket.Count + 1 };
    }

    /// <summary>Makes every bucket twice as wide.</summary>
    internal void Coarsen()
    {
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

    /// <summary>Removes the bucket nearest to zero if it is this one. Returns its count.</summary>
    internal long RemoveFirst(int index)
    {
        if (Count == 0 || _buckets[0].Index != index)
        {
            return 0;
        }

        var count = _buckets[0].Count;
        _buckets.AsSpan(1, --Count).CopyTo(_buckets);
        return count;
    }

    internal void Clear() => Count = 0;

    private int PlaceOf(int index)
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

            _buckets.AsSpan(low, Count++ - low).CopyTo(_buckets.AsSpan(low + 1));
            _buckets[low] = new NativeBucket(index, 0);
        }

        return low;
    }
}
