// Owns: recording into a histogram.

namespace TinyHost.Metrics;

/// <summary>
/// A histogram. It starts with one cell; if threads often collide there, it continues with a cell per processor. Values that are not
/// finite are dropped: they have no sum.
/// </summary>
internal class HistogramSeries(LabelSet labels, double[] boundaries, int exemplarCount, SharedSeries? shared = null)
    : Series(labels, exemplarCount)
{
    private const int CollisionsToSpread = 64;

    private HistogramCell _first = new(boundaries.Length + 1, shared?.Words ?? 0);

    // Null while the first cell is enough.
    private ProcessorCell[]? _cells;
    private int _collisions;
    private (long Count, double Sum) _marked;

    private protected ref HistogramCell First => ref _first;

    /// <summary>The number of buckets, including <c>+Inf</c>.</summary>
    private protected int BucketCount => boundaries.Length + 1;

    private protected double[] Boundaries => boundaries;

    internal override SharedSeries? Shared => shared;

    internal override int Record(long value) => Record((double)value);

    internal override int Record(double value)
    {
        if (!double.IsFinite(value))
        {
            Owner.Family.Dropped.Note(value);
            return NoSlot;
        }

        var bucket = HistogramBuckets.IndexOf(value, boundaries);
        var cells = Volatile.Read(ref _cells);
        ref var cell = ref cells is null ? ref _first : ref ProcessorCell.OfCurrent(cells);
        return cell.TryAdd(bucket, value) || AddContended(ref cell, bucket, value) ? bucket : NoSlot;
    }

    /// <summary>Adds counts, not cumulated, and their sum.</summary>
    internal void Add(ReadOnlySpan<long> counts, double sum)
    {
        if (_first.Enter())
        {
            _first.Add(counts, sum);
            _first.Exit();
        }
    }

    /// <summary>Copies the counts of the buckets, not cumulated, and returns the sum, as of one moment.</summary>
    internal double Read(Span<long> counts)
    {
        counts.Clear();
        using var held = new HeldCells(ref _first, ref _cells);
        return held.AddTo(counts);
    }

    /// <summary>Continues with a cell per processor.</summary>
    internal void Spread()
    {
        if (shared is null)
        {
            Interlocked.CompareExchange(ref _cells, ProcessorCell.ForAll(BucketCount, null), null);
            return;
        }

        // Shared memory has room for one cell of each processor, and no way to give one back.
        lock (shared)
        {
            _cells ??= ProcessorCell.ForAll(BucketCount, shared);
        }
    }

    internal override void Mark() => _marked = ReadTotal();

    internal override bool IsAsMarked() => ReadTotal().Equals(_marked);

    internal override bool TryClose(bool onlyIdle)
    {
        if (Volatile.Read(ref _cells) is null)
        {
            // So that no thread does it from now on.
            Spread();
        }

        var held = new HeldCells(ref _first, ref _cells);
        if (onlyIdle && !held.Total(BucketCount).Equals(_marked))
        {
            held.Dispose();
            return false;
        }

        held.Close();
        return true;
    }

    /// <summary>Records a value that came too late for this series.</summary>
    private protected void RecordLate(double value) => Owner.Family.Tables.SuccessorOf(this)?.Record(value);

    private (long Count, double Sum) ReadTotal()
    {
        using var held = new HeldCells(ref _first, ref _cells);
        return held.Total(BucketCount);
    }

    // Returns false if the series has ended: then the value was recorded elsewhere.
    private bool AddContended(ref HistogramCell cell, int bucket, double value)
    {
        // One collision is no reason to spread: a scrape may be reading, or the holder lost its processor. The count need not be exact.
        if (Volatile.Read(ref _cells) is null && ++_collisions >= CollisionsToSpread && ProcessorCell.Count > 1)
        {
            Spread();
            cell = ref ProcessorCell.OfCurrent(_cells!);
        }

        var isOpen = cell.Add(bucket, value);
        if (!isOpen)
        {
            RecordLate(value);
        }

        return isOpen;
    }
}
