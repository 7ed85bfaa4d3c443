// Owns: leaving out families that a scraper does not want, by the parameters name[] of its query.
// Does not own: collecting them.

namespace TinyHost.Metrics;

/// <summary>The families a query names. What is no family's name is passed over, and so is what else the query says.</summary>
internal sealed class FamilyFilter
{
    private readonly HashSet<string> _wanted = new(StringComparer.Ordinal);

    private FamilyFilter()
    {
    }

    /// <summary>The filter a query asks for; null when it names no family.</summary>
    internal static FamilyFilter? Read(string query)
    {
        FamilyFilter? filter = null;
        foreach (var parameter in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && Decode(parameter[..equals]) == "name[]")
            {
                (filter ??= new FamilyFilter())._wanted.Add(Decode(parameter[(equals + 1)..]));
            }
        }

        return filter;
    }

    /// <summary>Those of the families that are wanted, each as text 0.0.4, OpenMetrics or its instrument spells it.</summary>
    internal MetricFamily[] Apply(MetricFamily[] families) => Array.FindAll(families, family =>
        _wanted.Contains(family.Name) || _wanted.Contains(family.Definition.UnescapedFamily)
        || (family.Type is FamilyType.Counter or FamilyType.Info
            && MetricName.WithoutSuffix(family.Name, family.Type == FamilyType.Info ? "_info" : "_total") is { } shorter && _wanted.Contains(shorter)));

    /// <summary>Whether an exporter's family is wanted, as text 0.0.4 or OpenMetrics spells it.</summary>
    internal bool Takes(ExporterFamily family) =>
        _wanted.Contains(family.Name) || (family.Type is "counter" or "info" && Array.Exists(family.Names, _wanted.Contains));

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
