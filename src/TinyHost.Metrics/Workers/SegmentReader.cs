// Owns: the parent's side of a worker's shared memory: finding new series, and reading values while the worker writes them.

namespace TinyHost.Metrics;

/// <summary>
/// Reads a segment, which may contain anything: the parent trusts neither lengths nor numbers, copies a record before it looks at it, and
/// waits for no writer. A record that cannot be right ends the reading of further ones for good.
/// </summary>
internal sealed class SegmentReader(MappedMemory memory) : IDisposable
{
    private const int MaxTries = 64;

    private readonly RecordParser _parser = new();
    private byte[] _record = new byte[1_024];
    private long[] _words = new long[64];
    private long _next = SharedFormat.HeaderLength;

    /// <summary>Where the first invalid record is; 0 if there is none.</summary>
    internal long FaultAt { get; private set; }

    /// <summary>The series so far.</summary>
    internal List<WorkerSeries> Series => _parser.Series;

    /// <summary>Whether the worker uses the memory.</summary>
    internal bool HasBegun => Volatile.Read(ref memory.WordAt(SharedFormat.EndOffset)) != 0;

    /// <summary>Whether the worker writes another version of the layout, so that nothing in the memory can be read.</summary>
    internal bool IsOfOtherVersion => HasBegun && Volatile.Read(ref memory.WordAt(0)) != SharedFormat.Magic;

    /// <summary>The number of series that found no room.</summary>
    internal long Refused => IsOfOtherVersion ? 0 : Math.Max(Volatile.Read(ref memory.WordAt(SharedFormat.RefusedOffset)), 0);

    /// <summary>When the worker last wrote figures of its process; 0 if it never did.</summary>
    internal long FiguresAt => IsOfOtherVersion ? 0 : Volatile.Read(ref memory.WordAt(SharedFormat.FiguresOffset));

    /// <summary>Takes the records that were published since the last call.</summary>
    internal void ReadNew()
    {
        var end = Volatile.Read(ref memory.WordAt(SharedFormat.EndOffset));
        if (FaultAt != 0 || end == 0)
        {
            // The worker has not begun, or cannot be read further.
            return;
        }

        if (end < _next || end > memory.Length || IsOfOtherVersion)
        {
            FaultAt = _next;
            return;
        }

        while (_next < end)
        {
            var length = CopyRecord(end - _next);
            if (length == 0 || !_parser.TryTake(_record.AsSpan(0, length), _next))
            {
                FaultAt = _next;
                return;
            }

            _next += length;
        }
    }

    /// <summary>Reads the figures. Numbers that cannot be right count as 0.</summary>
    internal void ReadFigures(Span<double> figures)
    {
        for (var i = 0; i < figures.Length; i++)
        {
            var figure = BitConverter.Int64BitsToDouble(
                Volatile.Read(ref memory.WordAt(SharedFormat.FiguresOffset + ((i + 1) * sizeof(long)))));
            figures[i] = double.IsFinite(figure) && figure >= 0 ? figure : 0;
        }
    }

    /// <summary>Whether the program removed the series.</summary>
    internal bool IsEnded(WorkerSeries series) => Volatile.Read(ref memory.WordAt(series.Offset + SharedFormat.StateOffset)) != 0;

    /// <summary>The value of a series.</summary>
    internal SeriesValue Read(WorkerSeries series)
    {
        var value = Read(series.Family, series.Offset + SharedFormat.WordsOffset);
        if (series.Cells.Count > 0)
        {
            var cells = series.Family with { NativeBuckets = 0 };
            foreach (var cell in series.Cells)
            {
                value = value.Plus(Read(cells, cell), native: 0);
            }
        }

        return value;
    }

    public void Dispose() => memory.Dispose();

    private SeriesValue Read(SharedFamily family, long offset)
    {
        var count = SeriesValue.WordsOf(family);
        if (_words.Length < count)
        {
            _words = new long[count];
        }

        // A worker that was killed between two writes never completes them: what is there counts.
        for (var tries = 0; tries < MaxTries && !TryCopyWords(family, offset, count); tries++)
        {
        }

        return SeriesValue.Read(family, _words.AsSpan(0, count));
    }

    // False if the words of a histogram changed meanwhile.
    private bool TryCopyWords(SharedFamily family, long offset, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _words[i] = Volatile.Read(ref memory.WordAt(offset + (i * sizeof(long))));
        }

        return family.Kind != InstrumentKind.Histogram
            || ((_words[0] & 1) == 0 && Volatile.Read(ref memory.WordAt(offset)) == _words[0]);
    }

    // Returns 0 if the length is invalid.
    private int CopyRecord(long available)
    {
        if (available < SharedFormat.RecordHeader)
        {
            return 0;
        }

        Span<byte> start = stackalloc byte[sizeof(long)];
        memory.CopyTo(_next, start);
        var length = RecordReader.LengthOf(start, available);
        if (_record.Length < length)
        {
            _record = new byte[length];
        }

        memory.CopyTo(_next, _record.AsSpan(0, length));
        return length;
    }
}
