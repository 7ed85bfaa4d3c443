// Owns: what a table knows while its limit is reached: the overflow series, and which new tag sets may belong to an existing series.

namespace TinyHost.Metrics;

/// <summary>The end of a table's room. Never changes; a table that has room again forgets it.</summary>
/// <param name="series">The series that counts measurements with further tag sets.</param>
/// <param name="tagSets">The table's tag sets.</param>
internal sealed class Overflow(Series series, IEnumerable<KeyValuePair<string, object?>[]> tagSets)
{
    private static readonly KeyValuePair<string, object?>[] s_tags = [new("otel.metric.overflow", true)];

    private readonly HashSet<ulong> _textHashes = [.. tagSets.Select(tags => TextHash.Of(tags))];

    internal Series Series => series;

    /// <summary>The overflow of a table with these tag sets. The caller holds the family's lock.</summary>
    internal static Overflow Of(SeriesTable table, SeriesSet series, IEnumerable<KeyValuePair<string, object?>[]> tagSets)
    {
        var labels = series.LabelsOf(table, s_tags);
        return new Overflow(series.Find(labels) ?? series.Add(labels, table, overflow: true), tagSets);
    }

    /// <summary>
    /// True if another form of these tags has a series, such as <c>5</c> as a text instead of a number. Most of the time false, without an
    /// allocation: an attack that makes up tag sets must not cost more than other measurements.
    /// </summary>
    /// <param name="hash">The hash of the tags (<see cref="TagHash.TryHash"/>).</param>
    /// <param name="tags">The tags.</param>
    internal bool MayHaveSeriesOf(ulong hash, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _textHashes.Contains(TextHash.AreTexts(tags) ? hash : TextHash.Of(tags));
}
