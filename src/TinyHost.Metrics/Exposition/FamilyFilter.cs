// Owns: limiting an exposition to the families named by name[] in the query.

namespace TinyHost.Metrics;

/// <summary>The families a query names. Unknown names and other query parameters are ignored.</summary>
internal sealed class FamilyFilter
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    private FamilyFilter()
    {
    }

    /// <summary>The filter of a query; null if it names no family.</summary>
    internal static FamilyFilter? Read(string query)
    {
        FamilyFilter? filter = null;
        foreach (var parameter in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && Decode(parameter[..equals]) == "name[]")
            {
                (filter ??= new FamilyFilter())._names.Add(Decode(parameter[(equals + 1)..]));
            }
        }

        return filter;
    }

    internal bool Includes(string name) => _names.Contains(name);

    /// <summary>The families named as in text 0.0.4, as in OpenMetrics, or as their instruments.</summary>
    internal MetricFamily[] Apply(MetricFamily[] families) => Array.FindAll(families, family =>
        Includes(family.Name) || Includes(family.Definition.UnescapedFamily)
        || (family.Type is FamilyType.Counter or FamilyType.Info
            && MetricName.WithoutSuffix(family.Name, family.Type == FamilyType.Info ? "_info" : "_total") is { } shorter
            && Includes(shorter)));

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
