// Owns: what all exporters contribute to one exposition, and who owns which name.

namespace TinyHost.Metrics;

/// <summary>The families taken from exporters until disposal, and the numbers of those that are not.</summary>
/// <param name="builtIn">The names of the built-in exposition.</param>
/// <param name="filter">The families wanted; null for all.</param>
/// <param name="format">The format of the exporters' texts.</param>
internal sealed class ExportResult(BuiltInNames builtIn, FamilyFilter? filter, ExporterFormat format) : IDisposable
{
    // With whether the name occurs in the exporter's text. Others are the names that it has in other formats.
    private readonly Dictionary<string, (NamedExporter Exporter, bool IsWritten)> _owners = new(StringComparer.Ordinal);
    private readonly List<ReadOnlyMemory<byte>> _parts = [];
    private readonly List<ExporterText> _texts = [];

    /// <summary>The lines of the families, in order.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> Parts => _parts;

    /// <summary>The number of exporters that threw.</summary>
    internal int Failed { get; set; }

    /// <summary>The number of exporters that did not return in time.</summary>
    internal int Late { get; set; }

    /// <summary>The number of exporters that wrote more than their limit.</summary>
    internal int TooLarge { get; set; }

    /// <summary>The number of families with an invalid line.</summary>
    internal int Invalid { get; set; }

    /// <summary>The number of families whose name is taken.</summary>
    internal int Collisions { get; set; }

    /// <summary>A line for exporters that are missing or invalid; empty if there are none.</summary>
    internal string Missing =>
        Failed + Late + TooLarge + Invalid == 0
            ? ""
            : "An exporter failed, has not returned, or wrote invalid lines or too much; the log says which.\n";

    /// <summary>
    /// The owner of a name the family needs; null if all its names are free. Families of one exporter need different names only in the
    /// format at hand: text 0.0.4 may have a gauge <c>jobs</c> and a counter <c>jobs_total</c>, of which OpenMetrics has the family
    /// <c>jobs</c>.
    /// </summary>
    internal string? OwnerOf(ExporterFamily family, NamedExporter exporter)
    {
        foreach (var name in family.Names)
        {
            if (builtIn.Contains(name))
            {
                return "the built-in exposition";
            }

            if (_owners.TryGetValue(name, out var owner)
                && (owner.Exporter != exporter || (owner.IsWritten && IsWritten(family, name))))
            {
                return owner.Exporter.Name;
            }
        }

        return null;
    }

    /// <summary>Takes over a text that is held, to release it on disposal.</summary>
    internal void Take(ExporterText text) => _texts.Add(text);

    /// <summary>The built-in families without <c>build_info</c> if an exporter has it.</summary>
    internal MetricFamily[] LeftOf(MetricFamily[] families) =>
        Array.Exists(families, IsReplaced) ? Array.FindAll(families, family => !IsReplaced(family)) : families;

    /// <summary>Takes the family's names, and its lines if the filter includes it.</summary>
    internal void Add(ExporterFamily family, NamedExporter exporter)
    {
        foreach (var name in family.Names)
        {
            _owners[name] = (exporter, IsWritten(family, name) || (_owners.TryGetValue(name, out var owner) && owner.IsWritten));
        }

        Pass(family);
    }

    /// <summary>Takes the family's lines if the filter includes it, whoever owns its names.</summary>
    internal void Pass(ExporterFamily family)
    {
        if (family.IsIncludedBy(filter))
        {
            _parts.Add(family.Text);
        }
    }

    public void Dispose()
    {
        _parts.Clear();
        _texts.ForEach(text => text.Release());
        _texts.Clear();
    }

    private bool IsReplaced(MetricFamily family) => family.Definition.IsReplaceable
        && Array.Exists(FamilyRegistry.SampleNames(family.Definition), _owners.ContainsKey);

    private bool IsWritten(ExporterFamily family, string name) =>
        format == ExporterFormat.OpenMetrics
        || name == family.Name
        || !(family.Type is "counter" or "info" || name.EndsWith("_created", StringComparison.Ordinal));
}

/// <summary>
/// The names of the built-in families and their samples, with underscores and in one escaping scheme; not that of <c>build_info</c>, which
/// exporters may replace.
/// </summary>
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
            if (definition.IsReplaceable)
            {
                continue;
            }

            _names.UnionWith(FamilyRegistry.SampleNames(definition));
            if (escaping != EscapingScheme.Underscores)
            {
                _names.UnionWith(
                    FamilyRegistry.SampleNames(definition with { Family = EscapedName.Metric(definition.UnescapedFamily, escaping) }));
            }
        }
    }

    internal bool Contains(string name) => _names.Contains(name);

    /// <summary>True if these are the names of these families. A collector makes a new array when families come or go.</summary>
    internal bool AreOf(MetricFamily[] families, EscapingScheme escaping) => _families == families && _escaping == escaping;
}
