// Owns: the form of an explanation of differences from another exporter.

using System.Text.RegularExpressions;

namespace TinyHost.Metrics.PrometheusNet.Tests.Peers;

/// <summary>
/// Why TinyHost differs in the named facts: <c>- fact = value</c> is only the peer's, <c>+ fact = value</c> only TinyHost's. A name may
/// contain <c>*</c> for any text. An explanation is stale if one of its names matches nothing.
/// </summary>
internal sealed record PeerDifference(string Why, params string[] Names)
{
    internal static bool Matches(string name, string difference) =>
        Regex.IsMatch(difference, $"^{Regex.Escape(name).Replace(@"\*", ".*", StringComparison.Ordinal)}$", RegexOptions.Singleline);

    /// <summary>The facts that only one of two expositions has, and those whose values differ.</summary>
    internal static IEnumerable<string> Between(IReadOnlyDictionary<string, string> theirs, IReadOnlyDictionary<string, string> ours) =>
    [
        .. theirs.Where(fact => ours.GetValueOrDefault(fact.Key) != fact.Value).Select(fact => $"- {fact.Key} = {fact.Value}"),
        .. ours.Where(fact => theirs.GetValueOrDefault(fact.Key) != fact.Value).Select(fact => $"+ {fact.Key} = {fact.Value}"),
    ];

    /// <summary>Asserts that the table explains every difference and nothing else.</summary>
    internal static void AssertExplained(IReadOnlyCollection<string> differences, PeerDifference[] table)
    {
        string[] names = [.. table.SelectMany(difference => difference.Names)];
        var unexplained = differences.Where(difference => !Array.Exists(names, name => Matches(name, difference))).ToList();
        var stale = names.Where(name => !differences.Any(difference => Matches(name, difference))).ToList();
        Assert.True(unexplained.Count == 0, $"Not explained:\n{string.Join('\n', unexplained)}");
        Assert.True(stale.Count == 0, $"Explained, but not found:\n{string.Join('\n', stale)}");
    }
}

/// <summary>
/// A difference in names that affects all series: <paramref name="Theirs"/>, an expression, becomes <paramref name="Ours"/>.
/// </summary>
internal sealed record PeerRename(string Why, string Theirs, string Ours)
{
    /// <summary>The facts under TinyHost's names. Fails if the rename changes nothing.</summary>
    internal Dictionary<string, string> Apply(Dictionary<string, string> facts)
    {
        var renamed = facts.ToDictionary(
            fact => Regex.Replace(fact.Key, Theirs, Ours).Replace(",}", "}", StringComparison.Ordinal)
                .Replace("{}", "", StringComparison.Ordinal),
            fact => fact.Value);
        Assert.NotEqual(facts.Keys.Order(StringComparer.Ordinal), renamed.Keys.Order(StringComparer.Ordinal));
        return renamed;
    }
}
