// Owns: what a worker answered to its parent.

namespace TinyHost.Metrics;

/// <summary>An answer of a worker, which may contain anything.</summary>
/// <param name="Records">The series that are not in shared memory, and all exemplars, as records.</param>
/// <param name="Text">The families of its exporters; null if one of them failed.</param>
/// <param name="Format">The format of those families.</param>
internal sealed record WorkerAnswer(byte[] Records, byte[]? Text, ExporterFormat Format)
{
    private const int LinesAtATime = 10_000;

    /// <summary>The families of the exporters.</summary>
    internal IReadOnlyList<ExporterFamily> ReadFamilies()
    {
        if (Text is not [.., (byte)'\n'])
        {
            return [];
        }

        var reader = new ExporterReader(Text, Format);
        while (reader.Read(LinesAtATime))
        {
        }

        return reader.Families;
    }

    /// <summary>
    /// The series in the records, as far as these are valid. Their exemplars go to the series in shared memory, in
    /// <paramref name="shared"/>, which lose those that they had.
    /// </summary>
    internal List<WorkerSeries> ReadSeries(List<WorkerSeries> shared)
    {
        foreach (var series in shared)
        {
            series.Exemplars = null;
        }

        var parser = new RecordParser();
        var rest = Records.AsSpan();
        while (rest.Length >= SharedFormat.RecordHeader)
        {
            var length = RecordReader.LengthOf(rest, rest.Length);
            if (length == 0 || !parser.TryTake(rest[..length], -1, shared))
            {
                break;
            }

            rest = rest[length..];
        }

        return parser.Series;
    }
}
