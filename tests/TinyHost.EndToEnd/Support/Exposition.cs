// Owns: reading a scrape as far as these tests need: the series and their values.
// Does not own: judging its syntax: promtool and Prometheus itself do.

using System.Globalization;

namespace TinyHost.EndToEnd.Support;

/// <summary>The text of one scrape.</summary>
internal sealed class Exposition(string text)
{
    public string Text { get; } = text;

    /// <summary>Every sample line whose name begins so, as sent.</summary>
    public IReadOnlyList<string> Samples(string name) =>
        [.. Text.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal))];

    /// <summary>The sum of the samples of that name whose labels hold all of the given ones, such as <c>rpc_method="add"</c>.</summary>
    public double Sum(string name, params string[] labels) =>
        Samples(name)
            .Where(line => line[name.Length] is '{' or ' ' && labels.All(label => line.Contains(label, StringComparison.Ordinal)))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
}
