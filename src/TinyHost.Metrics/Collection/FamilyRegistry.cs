// Owns: the families by name, so that no two families have samples of the same name.

using System.Diagnostics.CodeAnalysis;

namespace TinyHost.Metrics;

/// <summary>The families. Callers hold the listener's lock, except for <see cref="Families"/>, which may be read at any time.</summary>
internal sealed class FamilyRegistry(MetricsOptions options, TimeProvider clock, Observation observation, SharedSegment? segment)
{
    private static readonly Comparer<MetricFamily> s_byName = Comparer<MetricFamily>.Create(static (x, y) =>
        IsTarget(y).CompareTo(IsTarget(x)) is var byRank and not 0 ? byRank : string.CompareOrdinal(x.Name, y.Name));

    private readonly Dictionary<string, MetricFamily> _bySampleName = [];
    private MetricFamily[] _families = [];

    /// <summary>
    /// All families, sorted by name, <c>target_info</c> first (OpenMetrics 1.0.0, Target Metadata). Changes replace the array.
    /// </summary>
    internal MetricFamily[] Families => Volatile.Read(ref _families);

    /// <summary>
    /// Finds or makes the family of an instrument. Returns false if its name, or that of one of its samples, belongs to a
    /// <paramref name="rival"/> that cannot take its measurements.
    /// </summary>
    internal bool TryJoin(
        InstrumentDefinition definition, [NotNullWhen(true)] out SeriesTable? table, [NotNullWhen(false)] out MetricFamily? rival)
    {
        table = null;
        rival = null;
        MetricFamily? replaced = null;
        foreach (var name in ReservedNames(definition))
        {
            if (!_bySampleName.TryGetValue(name, out var owner)
                || (owner.Name == definition.Family && owner.Definition.Accepts(definition)))
            {
                continue;
            }

            if (!owner.Definition.IsReplaceable)
            {
                rival = owner;
                return false;
            }

            replaced = owner;
        }

        if (replaced is not null)
        {
            Remove(replaced);
        }

        if (!_bySampleName.TryGetValue(definition.Family, out var family))
        {
            family = new MetricFamily(definition, options, clock, observation, segment);
            foreach (var name in ReservedNames(definition))
            {
                _bySampleName.Add(name, family);
            }

            Volatile.Write(ref _families, Insert(_families, family));
        }

        table = family.Tables.For(definition);
        table.Instruments++;
        return true;
    }

    /// <summary>Adds a family with one constant series, unless its name is taken.</summary>
    internal void AddConstant(InstrumentDefinition definition)
    {
        if (TryJoin(definition, out var table, out _))
        {
            table.Find([]);
        }
    }

    /// <summary>
    /// Counts an instrument of the table as gone. The last one takes its series with it, and the last table its family. Returns true if the
    /// family is gone and its names are free.
    /// </summary>
    internal bool Leave(SeriesTable table)
    {
        if (--table.Instruments > 0)
        {
            return false;
        }

        var family = table.Family;
        if (family.Tables.Remove(table))
        {
            return false;
        }

        Remove(family);
        return true;
    }

    /// <summary>
    /// The names of the family and its samples in all formats: OpenMetrics names a counter's family without <c>_total</c>, and may add a
    /// time of creation.
    /// </summary>
    internal static string[] SampleNames(InstrumentDefinition definition)
    {
        var name = definition.Family;
        return definition.Kind.FamilyType() switch
        {
            FamilyType.Histogram => [name, name + "_bucket", name + "_sum", name + "_count", name + "_created"],
            FamilyType.Counter when MetricName.WithoutSuffix(name, "_total") is { } counted => [name, counted, counted + "_created"],
            FamilyType.Info => [name, MetricName.WithoutSuffix(name, "_info")!],
            _ => [name],
        };
    }

    private void Remove(MetricFamily family)
    {
        foreach (var name in ReservedNames(family.Definition))
        {
            _bySampleName.Remove(name);
        }

        Volatile.Write(ref _families, Array.FindAll(_families, held => held != family));
    }

    private static bool IsTarget(MetricFamily family) => family.Definition is { Kind: InstrumentKind.Info, IsReplaceable: false };

    private static MetricFamily[] Insert(MetricFamily[] families, MetricFamily added)
    {
        var at = families.AsSpan().BinarySearch(added, s_byName);
        return [.. families.AsSpan(0, ~at), added, .. families.AsSpan(~at)];
    }

    // The names of its samples, and its unescaped names with underscores: names that differ then differ in every escaping scheme.
    private static HashSet<string> ReservedNames(InstrumentDefinition definition)
    {
        var names = new HashSet<string>(SampleNames(definition));
        foreach (var name in SampleNames(definition with { Family = definition.UnescapedFamily }))
        {
            names.Add(PrometheusText.ToValidName(name, allowColon: true));
        }

        return names;
    }
}
