// Owns: the labels that the options add to all series.

namespace TinyHost.Metrics;

internal static class CommonLabels
{
    /// <summary>
    /// Throws <see cref="ArgumentException"/> for a name that is no label name with underscores, that a format reserves, or that occurs
    /// twice.
    /// </summary>
    internal static void Validate(IDictionary<string, string> labels)
    {
        var taken = new Dictionary<string, string>();
        foreach (var (name, value) in labels)
        {
            if (value is null)
            {
                throw new ArgumentException($"The label '{name}' of all series has the value null; it must be a text.");
            }

            // A digit at the start is often the index of an array, which names no labels.
            if (!name.Any(char.IsAsciiLetterOrDigit) || char.IsAsciiDigit(name[0]) || name.StartsWith("__", StringComparison.Ordinal))
            {
                throw new ArgumentException(
                    $"'{name}' is the name of a label of all series; it must contain an ASCII letter or digit, and start with neither a "
                    + "digit nor '__'.");
            }

            var label = TagText.Underscored(name);
            if (label is "le" or "quantile" or "otel_metric_overflow")
            {
                throw new ArgumentException($"'{name}' is the name of a label of all series, but the name {label} is reserved.");
            }

            if (!taken.TryAdd(label, name))
            {
                throw new ArgumentException($"The labels '{taken[label]}' and '{name}' of all series have the same name {label}.");
            }
        }
    }

    /// <summary>Adds the labels whose names no tag has.</summary>
    internal static void AddTo(List<KeyValuePair<string, string>> tags, IDictionary<string, string> labels)
    {
        var own = tags.Count;
        foreach (var (name, value) in labels)
        {
            if (value.Length > 0 && tags.FindIndex(0, own, tag => TagText.Underscored(tag.Key) == TagText.Underscored(name)) < 0)
            {
                tags.Add(new(name, value));
            }
        }
    }
}
