// Owns: turning records into families and series. Numbers in records refer to earlier ones.

using System.Runtime.InteropServices;

namespace TinyHost.Metrics;

/// <summary>The families and series of one worker's segment, or of one answer, as far as its records are valid.</summary>
internal sealed class RecordParser
{
    private readonly List<SharedFamily> _families = [];

    /// <summary>The series, in the order of their numbers.</summary>
    internal List<WorkerSeries> Series { get; } = [];

    /// <summary>
    /// Takes a record. Returns false if it is invalid.
    /// </summary>
    /// <param name="record">A copy of the record.</param>
    /// <param name="offset">Where it is in shared memory; -1 if its words are in the record alone.</param>
    /// <param name="shared">The series in shared memory, for exemplars; null if these records are there.</param>
    internal bool TryTake(ReadOnlySpan<byte> record, long offset, List<WorkerSeries>? shared = null)
    {
        var reader = new RecordReader(record);
        switch (reader.Kind)
        {
            case RecordKind.Family:
                if (!reader.TryReadFamily(out var family))
                {
                    return false;
                }

                _families.Add(family);
                return true;
            case RecordKind.Series:
                return TryTakeSeries(ref reader, offset);
            case RecordKind.Cell:
                return TryTakeCell(ref reader, offset);
            case RecordKind.Exemplar:
                return shared is not null && TryTakeExemplar(ref reader, shared);
            default:
                return false;
        }
    }

    private bool TryTakeSeries(ref RecordReader reader, long offset)
    {
        if (reader.First < 0 || reader.First >= _families.Count)
        {
            return false;
        }

        var family = _families[reader.First];
        if (reader.Second != SeriesValue.WordsOf(family)
            || !reader.TryReadNumber(out var created) || !reader.TryReadWord(out _)
            || !reader.TryReadWords(reader.Second, out var words) || !reader.TryReadTags(out var tags)
            || (family.Kind == InstrumentKind.Histogram && Array.Exists(tags, static tag => tag.Key == "le")))
        {
            return false;
        }

        Series.Add(new WorkerSeries(family, tags, double.IsFinite(created) ? created : double.NaN)
        {
            Offset = offset,
            Value = offset < 0 ? SeriesValue.Read(family, MemoryMarshal.Cast<byte, long>(words)) : null,
        });
        return true;
    }

    private bool TryTakeCell(ref RecordReader reader, long offset)
    {
        const int padding = SharedFormat.CellPadding;
        if (offset < 0 || reader.First < 0 || reader.First >= Series.Count || reader.Detail != padding)
        {
            return false;
        }

        var series = Series[reader.First];
        var words = SharedFormat.HistogramWords(series.Family.Boundaries.Length + 1, native: 0);
        if (series.Family.Kind != InstrumentKind.Histogram || reader.Second != words
            || !reader.TryReadWords(words + (2 * padding), out _))
        {
            return false;
        }

        series.Cells.Add(offset + SharedFormat.RecordHeader + (padding * sizeof(long)));
        return true;
    }

    private bool TryTakeExemplar(ref RecordReader reader, List<WorkerSeries> shared)
    {
        var series = reader.Detail == 1 ? shared : Series;
        if (!reader.TryReadNumber(out var value) || !reader.TryReadNumber(out var time)
            || !reader.TryReadText(out var trace) || !reader.TryReadText(out var span) || !reader.TryReadTags(out var tags)
            || trace.Length != 32 || span.Length != 16 || !trace.All(char.IsAsciiHexDigitLower) || !span.All(char.IsAsciiHexDigitLower))
        {
            return false;
        }

        // A series that the parent has not read yet shows its exemplar in the next scrape.
        if (reader.First >= 0 && reader.First < series.Count && reader.Second >= 0
            && reader.Second <= series[reader.First].Family.Boundaries.Length)
        {
            (series[reader.First].Exemplars ??= []).Add((
                reader.Second,
                new Exemplar(trace, span, value, time),
                Array.ConvertAll(tags, static tag => new KeyValuePair<string, object?>(tag.Key, tag.Value))));
        }

        return true;
    }
}
