// Owns: leaving out families that a scraper does not want, by the parameters name[] of its query.
// Does not own: collecting them.

namespace TinyHost.Metrics;

internal static class FamilyFilter
{
    /// <summary>
    /// The families the query names, each as text 0.0.4, OpenMetrics or its instrument spells it; all of them when it names none. What is no
    /// family's name is passed over, and so is what else the query says.
    /// </summary>
    internal static MetricFamily[] Apply(string query, MetricFamily[] families)
    {
        HashSet<string>? wanted = null;
        foreach (string parameter in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = parameter.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && Decode(parameter[..equals]) == "name[]")
            {
                (wanted ??= new HashSet<string>(StringComparer.Ordinal)).Add(Decode(parameter[(equals + 1)..]));
            }
        }

        return wanted is null ? families : Array.FindAll(families, family =>
            wanted.Contains(family.Name) || wanted.Contains(family.Definition.UnescapedFamily)
            || (family.Type == FamilyType.Counter && TextFamily.WithoutSuffix(family.Name, "_total") is { } counted && wanted.Contains(counted)));
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
