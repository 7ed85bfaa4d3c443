// Owns: adding up what the series of a family counted in a second, by a text made from their labels.

namespace TinyHost.Metrics;

/// <summary>
/// The columns of one chart: for each text the rate of counting, or the mean of the values counted. Texts beyond the limit share a column.
/// </summary>
/// <param name="history">Where the columns are.</param>
/// <param name="chart">The chart.</param>
/// <param name="max">The limit on texts.</param>
/// <param name="ofMean">Whether to write means rather than rates.</param>
/// <param name="nameOf">The text for a series; null to leave it out.</param>
internal sealed class Breakdown(History history, Chart chart, int max, bool ofMean, Func<LabelSet, string?> nameOf)
{
    /// <summary>No group.</summary>
    internal const int None = -1;

    /// <summary>The column of texts beyond the limit.</summary>
    internal const string Others = "other";

    private readonly Dictionary<string, int> _byName = [];
    private readonly Group[] _groups = new Group[max + 1];

    /// <summary>The group of a series.</summary>
    internal int GroupOf(LabelSet labels)
    {
        if (nameOf(labels) is not { } name)
        {
            return None;
        }

        name = History.Shortened(name);
        if (!_byName.ContainsKey(name) && _byName.Count >= max)
        {
            name = Others;
        }

        if (!_byName.TryGetValue(name, out var group))
        {
            group = _byName.Count;
            _byName.Add(name, group);
            _groups[group].Column = history.Add(chart, name);
        }

        return group;
    }

    /// <summary>Adds to a group's count and sum of this second.</summary>
    internal void Add(int group, double count, double sum)
    {
        if (group != None)
        {
            _groups[group].Count += count;
            _groups[group].Sum += sum;
        }
    }

    /// <summary>Writes the figures of a second that took so long, unless it is to be a gap, and starts the next.</summary>
    internal void Write(double seconds, bool isGap = false)
    {
        for (var i = 0; i < _byName.Count; i++)
        {
            ref var group = ref _groups[i];
            if (!isGap)
            {
                history.Set(group.Column, !ofMean ? group.Count / seconds : group.Count > 0 ? group.Sum / group.Count : double.NaN);
            }

            (group.Count, group.Sum) = (0, 0);
        }
    }

    private struct Group
    {
        internal int Column;
        internal double Count;
        internal double Sum;
    }
}
