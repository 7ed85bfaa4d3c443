// Owns: recording into a histogram, and reading it as of one moment.

using System.Numerics;

namespace TinyHost.Metrics;

/// <summary>
/// A histogram. It starts with one cell; if threads often collide there, it continues with a cell per processor, up to <see
/// cref="MaxCells"/>. Values that are not finite are dropped: they have no sum.
/// </summary>
internal class HistogramSeries(LabelSet labels, double[] boundaries, ExemplarSlots? exemplars) : Series(labels, exemplars)
{
    private const int MaxCells = 16;
    private const int CollisionsToSpread = 64;
    private const int MaxOnStack = 256;

    private static readonly int s_cellCount = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, MaxCells));

    private HistogramCell _first = new(boundaries.Length + 1);

    // The length is a power of two. Null while the first cell is enough.
    private ProcessorCell[]? _cells;
    private int _collisions;
    private (long Count, double Sum) _marked;

    private protected ref HistogramCell First => ref _first;

    /// <summary>The number of buckets, including <c>+Inf</c>.</summary>
    private protected int BucketCount => boundaries.Length + 1;

    private protected double[] Boundaries => boundaries;

    internal override int Record(long value) => Record((double)value);

    internal override int Record(double value)
    {
        if (!double.IsFinite(value))
        {
            Owner.Family.Dropped.Note(value);
            return NoSlot;
        }

        var bucket = HistogramBoundaries.BucketOf(value, boundaries);
        var cells = Volatile.Read(ref _cells);
        ref var cell = ref cells is null ? ref _first : ref CellOfProcessor(cells);
        return cell.TryAdd(bucket, value) || AddContended(ref cell, bucket, value) ? bucket : NoSlot;
    }

    /// <summary>Copies the counts of the buckets, not cumulated, and returns the sum, as of one moment.</summary>
    internal double Read(Span<long> counts)
    {
        counts.Clear();
        var isOpen = TryEnter(out var cells);
        var sum = AddTo(counts, cells);
        if (isOpen)
        {
            Exit(cells);
        }

        return sum;
    }

    /// <summary>Continues with a cell per processor.</summary>
    internal void Spread()
    {
        // The array is made last, so that it does not share a cache line with a cell: every thread reads it.
        var made = new ProcessorCell[s_cellCount];
        for (var i = 0; i < made.Length; i++)
        {
            made[i] = new ProcessorCell(BucketCount);
        }

        var cells = made.AsSpan().ToArray();
        Interlocked.CompareExchange(ref _cells, cells, null);
    }

    private protected override void Mark() => _marked = ReadTotal();

    private protected override bool IsAsMarked() => ReadTotal().Equals(_marked);

    // Closed cells stay locked, so that the way of most measurements need not check for it.
    private protected override bool TryClose(bool onlyIdle)
    {
        if (Volatile.Read(ref _cells) is null)
        {
            // So that no thread does it from now on.
            Spread();
        }

        TryEnter(out var cells);
        if (onlyIdle && !Total(cells).Equals(_marked))
        {
            Exit(cells);
            return false;
        }

        foreach (var cell in cells)
        {
            cell.Cell.Close();
        }

        _first.Close();
        return true;
    }

    /// <summary>Records a value that came too late for this series.</summary>
    private protected void RecordLate(double value) => Owner.Family.SuccessorOf(this)?.Record(value);

    private (long Count, double Sum) ReadTotal()
    {
        TryEnter(out var cells);
        var total = Total(cells);
        Exit(cells);
        return total;
    }

    private (long Count, double Sum) Total(ProcessorCell[] cells)
    {
        var counts = BucketCount <= MaxOnStack ? stackalloc long[BucketCount] : new long[BucketCount];
        counts.Clear();
        var sum = AddTo(counts, cells);
        long total = 0;
        foreach (var count in counts)
        {
            total += count;
        }

        return (total, sum);
    }

    // False if the series has ended: then nothing changes any more.
    private bool TryEnter(out ProcessorCell[] cells)
    {
        var isOpen = _first.Enter();
        cells = Volatile.Read(ref _cells) ?? [];
        if (isOpen)
        {
            foreach (var cell in cells)
            {
                cell.Cell.Enter();
            }
        }

        return isOpen;
    }

    private void Exit(ProcessorCell[] cells)
    {
        foreach (var cell in cells)
        {
            cell.Cell.Exit();
        }

        _first.Exit();
    }

    private double AddTo(Span<long> counts, ProcessorCell[] cells)
    {
        var sum = _first.AddTo(counts);
        foreach (var cell in cells)
        {
            sum += cell.Cell.AddTo(counts);
        }

        return sum;
    }

    // Returns false if the series has ended: then the value was recorded elsewhere.
    private bool AddContended(ref HistogramCell cell, int bucket, double value)
    {
        // One collision is no reason to spread: a scrape may be reading, or the holder lost its processor. The count need not be exact.
        if (Volatile.Read(ref _cells) is null && ++_collisions >= CollisionsToSpread && s_cellCount > 1)
        {
            Spread();
            cell = ref CellOfProcessor(_cells!);
        }

        var isOpen = cell.Add(bucket, value);
        if (!isOpen)
        {
            RecordLate(value);
        }

        return isOpen;
    }

    // A thread may move to another processor at any time: the cell's lock covers that.
    private static ref HistogramCell CellOfProcessor(ProcessorCell[] cells) =>
#pragma warning disable RS0030 // Thread is banned so that none is started; this asks for the processor's number.
        ref cells[Thread.GetCurrentProcessorId() & (cells.Length - 1)].Cell;
#pragma warning restore RS0030

    // The padding keeps the cache lines of neighbouring objects apart.
    private sealed class ProcessorCell(int buckets)
    {
        private const int Padding = 128 / sizeof(long);

        internal HistogramCell Cell = new(buckets + Padding);
    }
}
