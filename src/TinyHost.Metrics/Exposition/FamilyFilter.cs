// Owns: limiting an exposition to the families named by name[] in the query.

namespace TinyHost.Metrics;

/// <summary>The families a query names. Unknown names and other query parameters are ignored.</summary>
internal sealed class FamilyFilter
{
    private readonly HashSet<string> _names;

    private FamilyFilter(IEnumerable<string> names) => _names = new(names, StringComparer.Ordinal);

    /// <summary>The filter of a query; null if it names no family.</summary>
    internal static FamilyFilter? Read(NameValues query) => query.GetAll("name[]") is { Count: > 0 } names ? new FamilyFilter(names) : null;

    internal bool Includes(string name) => _names.Contains(name);

    /// <summary>The families named as in text 0.0.4, as in OpenMetrics, or as their instruments.</summary>
    internal MetricFamily[] Apply(MetricFamily[] families) => Array.FindAll(families, family =>
        Includes(family.Name) || Includes(family.Definition.UnescapedFamily)
        || (family.Type is FamilyType.Counter or FamilyType.Info
            && MetricName.WithoutSuffix(family.Name, family.Type == FamilyType.Info ? "_info" : "_total") is { } shorter
            && Includes(shorter)));
}
