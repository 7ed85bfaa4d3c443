// Owns: reading a histogram as of one moment, and ending it.

namespace TinyHost.Metrics;

/// <summary>
/// All cells of a histogram. Nothing is counted from its construction until it is disposed, or for good once it is closed.
/// </summary>
internal readonly ref struct HeldCells : IDisposable
{
    private const int MaxOnStack = 256;

    private readonly ref HistogramCell _first;
    private readonly ReadOnlySpan<ProcessorCell> _others;
    private readonly bool _isOpen;

    internal HeldCells(ref HistogramCell first, ref ProcessorCell[]? others)
    {
        _first = ref first;
        _isOpen = first.Enter();
        _others = Volatile.Read(ref others);
        if (_isOpen)
        {
            foreach (var cell in _others)
            {
                cell.Cell.Enter();
            }
        }
    }

    /// <summary>Adds the counts of the buckets, not cumulated, to <paramref name="counts"/> and returns the sum.</summary>
    internal double AddTo(Span<long> counts)
    {
        var sum = _first.AddTo(counts);
        foreach (var cell in _others)
        {
            sum += cell.Cell.AddTo(counts);
        }

        return sum;
    }

    /// <summary>The number of values and their sum.</summary>
    internal (long Count, double Sum) Total(int buckets)
    {
        var counts = buckets <= MaxOnStack ? stackalloc long[buckets] : new long[buckets];
        counts.Clear();
        var sum = AddTo(counts);
        long total = 0;
        foreach (var count in counts)
        {
            total += count;
        }

        return (total, sum);
    }

    /// <summary>
    /// Ends counting. Closed cells stay locked, so that the way of most measurements need not check for it: do not dispose afterwards.
    /// </summary>
    internal void Close()
    {
        foreach (var cell in _others)
        {
            cell.Cell.Close();
        }

        _first.Close();
    }

    public void Dispose()
    {
        // Of a histogram that has ended nothing changes any more, and nothing was locked here.
        if (!_isOpen)
        {
            return;
        }

        foreach (var cell in _others)
        {
            cell.Cell.Exit();
        }

        _first.Exit();
    }
}
