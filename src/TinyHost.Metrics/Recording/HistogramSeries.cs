// Owns: which cell of a histogram a measurement goes to, and a consistent reading of all of them.
// Does not own: counting (HistogramCell), the bounds (HistogramBoundaries), nor cumulating for the formats.

using System.Numerics;

namespace TinyHost.Metrics;

/// <summary>
/// A histogram. It begins with one cell; where threads often meet there, it goes on with one for each processor, up to <see cref="MaxCells"/>.
/// Values that are not finite are left out: they have no sum. The last measurement of each bucket made within a trace is its exemplar.
/// </summary>
internal class HistogramSeries(LabelSet labels, double[] boundaries, ExemplarSlots? exemplars) : Series(labels)
{
    // One processor's. The padding keeps the next object's cache lines apart from this one's.
    private sealed class OwnCell(int buckets)
    {
        internal HistogramCell Cell = new(buckets + Padding);

        private const int Padding = 128 / sizeof(long);
    }

    private HistogramCell _first = new(boundaries.Length + 1);

    // As many as a power of two; null while one does.
    private OwnCell[]? _cells;
    private int _collisions;

    internal ExemplarSlots? Exemplars => exemplars;

    /// <summary>The cell that is there from the beginning.</summary>
    private protected ref HistogramCell First => ref _first;

    /// <summary>How many buckets there are, with <c>+Inf</c>.</summary>
    private protected int BucketCount => boundaries.Length + 1;

    private protected double[] Boundaries => boundaries;

    internal override void Record(long value) => Record((double)value);

    internal override void Record(double value)
    {
        if (!double.IsFinite(value))
        {
            return;
        }

        var bucket = HistogramBoundaries.BucketOf(value, boundaries);
        var cells = Volatile.Read(ref _cells);
        ref var cell = ref cells is null ? ref _first : ref Own(cells);
        if (!cell.TryAdd(bucket, value))
        {
            AddContended(ref cell, bucket, value);
        }

        exemplars?.Offer(bucket, value);
    }

    /// <summary>Copies the counts, bucket by bucket and not cumulated, and the sum, as of one moment.</summary>
    internal double Read(Span<long> counts)
    {
        counts.Clear();
        _first.Enter();
        var cells = Volatile.Read(ref _cells) ?? [];
        foreach (var own in cells)
        {
            own.Cell.Enter();
        }

        var sum = _first.AddTo(counts);
        foreach (var own in cells)
        {
            sum += own.Cell.AddTo(counts);
            own.Cell.Exit();
        }

        _first.Exit();
        return sum;
    }

    /// <summary>Goes on with a cell for each processor, unless it has them.</summary>
    internal void Spread()
    {
        // The array is made last: what every thread reads must not lie just before what one thread writes.
        var made = new OwnCell[s_cellCount];
        for (var i = 0; i < made.Length; i++)
        {
            made[i] = new OwnCell(BucketCount);
        }

        var cells = made.AsSpan().ToArray();
        Interlocked.CompareExchange(ref _cells, cells, null);
    }

    private void AddContended(ref HistogramCell cell, int bucket, double value)
    {
        // A scrape that reads, or a holder that lost its processor, is no reason yet to spread. That the count may miss some does no harm.
        if (Volatile.Read(ref _cells) is null && ++_collisions >= CollisionsToSpread && s_cellCount > 1)
        {
            Spread();
            cell = ref Own(_cells!);
        }

        cell.Add(bucket, value);
    }

    // A thread that moves to another processor meanwhile does no harm: there is a lock.
    private static ref HistogramCell Own(OwnCell[] cells) =>
#pragma warning disable RS0030 // Thread is banned so that none is started; this asks the processor's number.
        ref cells[Thread.GetCurrentProcessorId() & (cells.Length - 1)].Cell;
#pragma warning restore RS0030

    private const int MaxCells = 16;
    private const int CollisionsToSpread = 64;

    private static readonly int s_cellCount = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, MaxCells));
}
