// Owns: which names the built-in exposition has taken, so that no exporter's family has one of them.
// Does not own: what exporters take from each other (ExporterSet).

namespace TinyHost.Metrics;

/// <summary>The names of built-in families and their samples, as every scraper may see them and as those of one escaping scheme do.</summary>
internal sealed class BuiltInNames
{
    private readonly MetricFamily[] _families;
    private readonly EscapingScheme _escaping;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    internal BuiltInNames(MetricFamily[] families, EscapingScheme escaping)
    {
        (_families, _escaping) = (families, escaping);
        foreach (var family in families)
        {
            var definition = family.Definition;
            _names.UnionWith(FamilyRegistry.SampleNames(definition));
            if (escaping != EscapingScheme.Underscores)
            {
                _names.UnionWith(FamilyRegistry.SampleNames(definition with { Family = EscapedName.Metric(definition.UnescapedFamily, escaping) }));
            }
        }
    }

    internal bool Contains(string name) => _names.Contains(name);

    /// <summary>Whether these are the names of just these families. The array of a collector is another one when families come or go.</summary>
    internal bool AreOf(MetricFamily[] families, EscapingScheme escaping) => _families == families && _escaping == escaping;
}
