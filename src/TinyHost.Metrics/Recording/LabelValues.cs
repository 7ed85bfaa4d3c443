// Owns: how many distinct values each label of a family has, which shows the label that used up a limit.

namespace TinyHost.Metrics;

/// <summary>A label and the number of its distinct values.</summary>
internal readonly record struct LabelValues(string Label, int Count)
{
    // The names of labels may have exploded as well.
    private const int MaxLabels = 10;

    /// <summary>The labels with the most values, at most ten, the greatest number first; without the label of overflow series.</summary>
    internal static LabelValues[] Of(IEnumerable<Series> series)
    {
        var values = new Dictionary<string, HashSet<string>>();
        foreach (var (name, value) in series.Where(one => !one.IsOverflow)
            .SelectMany(one => one.Labels.LabelsIn(EscapingScheme.Underscores)))
        {
            if (!values.TryGetValue(name, out var seen))
            {
                values.Add(name, seen = []);
            }

            seen.Add(value);
        }

        return [.. values.Select(label => new LabelValues(label.Key, label.Value.Count))
            .OrderByDescending(label => label.Count).ThenBy(label => label.Label, StringComparer.Ordinal).Take(MaxLabels)];
    }

    public override string ToString() => $"{Label} {Count}";
}
