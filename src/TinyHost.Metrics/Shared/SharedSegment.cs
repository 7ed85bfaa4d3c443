// Owns: a worker's side of its shared memory: adding families and series that its parent reads, also after the worker's end.

namespace TinyHost.Metrics;

/// <summary>
/// Records are appended and never move. A record is complete before the end of the published records passes it, so that the parent reads no
/// part of one. The memory stays mapped as long as the process lives: anything may still record into it.
/// </summary>
internal sealed class SharedSegment
{
    private readonly MappedMemory _memory;
    private readonly Action? _full;
    private readonly Lock _gate = new();
    private readonly RecordWriter _record = new();
    private long _end = SharedFormat.HeaderLength;
    private int _families;
    private int _series;
    private bool _isFull;

    // What the histograms so far may still need, so that their further cells always find room.
    private long _reserved;

    /// <param name="memory">The memory, which no other process writes to.</param>
    /// <param name="full">Called once, when the first series finds no room.</param>
    internal SharedSegment(MappedMemory memory, Action? full = null)
    {
        (_memory, _full) = (memory, full);
        memory.WordAt(0) = SharedFormat.Magic;
        Volatile.Write(ref memory.WordAt(SharedFormat.EndOffset), _end);
    }

    /// <summary>Adds a family. Returns its number, or -1 if there is no room.</summary>
    internal int AddFamily(SharedFamily family)
    {
        lock (_gate)
        {
            _record.Clear();
            _record.WriteFamily(family);
            return TryAppend() < 0 ? -1 : _families++;
        }
    }

    /// <summary>Adds a series. Returns null if there is no room, or its family found none: then it lives in the process alone.</summary>
    /// <param name="family">The number of its family.</param>
    /// <param name="tags">Its tags.</param>
    /// <param name="created">When it was created, in seconds since 1970.</param>
    /// <param name="words">The number of its words.</param>
    /// <param name="cells">How many further cells it may get, and of how many words.</param>
    internal SharedSeries? TryAddSeries(
        int family, ReadOnlySpan<KeyValuePair<string, string>> tags, double created, int words, (int Count, int Words) cells = default)
    {
        var reserve = (long)cells.Count * CellLength(cells.Words);
        Action? full;
        lock (_gate)
        {
            if (family >= 0)
            {
                _record.Clear();
                _record.BeginSeries(family, words, created);
                _record.AddZeros(words);
                _record.Add(tags);
                _record.End();
                var offset = TryAppend(reserve);
                if (offset >= 0)
                {
                    _reserved += reserve;
                    return new SharedSeries(this, _memory.AddressOf(offset), _series++);
                }
            }

            Interlocked.Increment(ref _memory.WordAt(SharedFormat.RefusedOffset));
            full = _isFull ? null : _full;
            _isFull = true;
        }

        full?.Invoke();
        return null;
    }

    /// <summary>Adds a further cell of a series, in cache lines of its own. Returns the address of its words.</summary>
    internal nint AddCell(int series, int words)
    {
        lock (_gate)
        {
            _record.Clear();
            _record.Begin(RecordKind.Cell, SharedFormat.CellPadding, series, words);
            _record.AddZeros(words + (2 * SharedFormat.CellPadding));
            _record.End();
            _reserved -= _record.Count;
            return _memory.AddressOf(TryAppend() + SharedFormat.RecordHeader + (SharedFormat.CellPadding * sizeof(long)));
        }
    }

    /// <summary>Writes the figures of the process, as of a timestamp of the clock that all processes share.</summary>
    internal void WriteFigures(long timestamp, ReadOnlySpan<double> figures)
    {
        for (var i = 0; i < figures.Length; i++)
        {
            Volatile.Write(
                ref _memory.WordAt(SharedFormat.FiguresOffset + ((i + 1) * sizeof(long))), BitConverter.DoubleToInt64Bits(figures[i]));
        }

        Volatile.Write(ref _memory.WordAt(SharedFormat.FiguresOffset), timestamp);
    }

    private static long CellLength(int words) => SharedFormat.RecordHeader + ((words + (2 * SharedFormat.CellPadding)) * sizeof(long));

    // Returns where the record is, or -1. The caller holds the lock.
    private long TryAppend(long reserve = 0)
    {
        var offset = _end;
        if (_record.Count + reserve + _reserved > _memory.Length - offset)
        {
            return -1;
        }

        _memory.CopyFrom(offset, _record.Written);
        _end += _record.Count;
        Volatile.Write(ref _memory.WordAt(SharedFormat.EndOffset), _end);
        return offset;
    }
}
