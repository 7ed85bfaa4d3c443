// Owns: the series and values in a scrape. Its syntax is checked by promtool and Prometheus.

using System.Globalization;

namespace TinyHost.EndToEnd.Support;

/// <summary>The text of one scrape.</summary>
internal sealed class Exposition(string text)
{
    public string Text { get; } = text;

    /// <summary>The sample lines whose names begin with <paramref name="prefix"/>.</summary>
    public IReadOnlyList<string> Samples(string prefix) =>
        [.. Text.Split('\n').Where(line => line.StartsWith(prefix, StringComparison.Ordinal))];

    /// <summary>The sum of all samples with this name and all the given labels, such as <c>rpc_method="add"</c>.</summary>
    public double Sum(string name, params string[] labels) =>
        Samples(name)
            .Where(line => line[name.Length] is '{' or ' ' && labels.All(label => line.Contains(label, StringComparison.Ordinal)))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
}
