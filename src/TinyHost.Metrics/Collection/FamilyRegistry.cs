// Owns: which family has which name, and that no two families have samples of one name.
// Does not own: the families' series.

using System.Diagnostics.CodeAnalysis;

namespace TinyHost.Metrics;

/// <summary>The families by name. Its methods are called under the collector's lock; <see cref="Families"/> may be read at any time.</summary>
internal sealed class FamilyRegistry(CollectionSettings settings, Observation observation)
{
    private readonly Dictionary<string, MetricFamily> _bySampleName = [];
    private MetricFamily[] _families = [];

    /// <summary>All families, sorted by name, that of the target first (OpenMetrics 1.0.0, Target Metadata). The array does not change.</summary>
    internal MetricFamily[] Families => Volatile.Read(ref _families);

    /// <summary>
    /// Finds or makes the family of an instrument. False when its name, or the name of one of its samples, is that of a
    /// <paramref name="rival"/> whose measurements are of another kind.
    /// </summary>
    internal bool TryJoin(
        InstrumentDefinition definition, [NotNullWhen(true)] out SeriesTable? table, [NotNullWhen(false)] out MetricFamily? rival)
    {
        table = null;
        rival = null;
        foreach (var name in TakenNames(definition))
        {
            if (_bySampleName.TryGetValue(name, out var held) && (held.Name != definition.Family || !held.Definition.Accepts(definition)))
            {
                rival = held;
                return false;
            }
        }

        if (!_bySampleName.TryGetValue(definition.Family, out var family))
        {
            family = new MetricFamily(definition, settings, observation);
            foreach (var name in TakenNames(definition))
            {
                _bySampleName.Add(name, family);
            }

            Volatile.Write(ref _families, WithInOrder(_families, family));
        }

        table = family.TableFor(definition.Tags, definition.KeptTags);
        table.Instruments++;
        return true;
    }

    /// <summary>
    /// An instrument of the table is gone. With the last one its series go, and the family with its last table. True when it is gone, and its names
    /// are free.
    /// </summary>
    internal bool Leave(SeriesTable table)
    {
        if (--table.Instruments > 0)
        {
            return false;
        }

        var family = table.Family;
        if (family.Remove(table))
        {
            return false;
        }

        foreach (var name in TakenNames(family.Definition))
        {
            _bySampleName.Remove(name);
        }

        Volatile.Write(ref _families, [.. _families.Where(held => held != family)]);
        return true;
    }

    private static MetricFamily[] WithInOrder(MetricFamily[] families, MetricFamily added)
    {
        var at = families.AsSpan().BinarySearch(added, s_byName);
        return [.. families.AsSpan(0, ~at), added, .. families.AsSpan(~at)];
    }

    private static readonly Comparer<MetricFamily> s_byName = Comparer<MetricFamily>.Create(static (x, y) =>
        (y.Type == FamilyType.Info).CompareTo(x.Type == FamilyType.Info) is var byType and not 0 ? byType : string.CompareOrdinal(x.Name, y.Name));

    // The names of its samples, and what underscores make of those it has where names stay as they are: whatever they make two is two in every scheme.
    private static HashSet<string> TakenNames(InstrumentDefinition definition)
    {
        var names = new HashSet<string>(SampleNames(definition));
        foreach (var name in SampleNames(definition with { Family = definition.UnescapedFamily }))
        {
            names.Add(NameCharacters.Replace(name, allowColon: true));
        }

        return names;
    }

    /// <summary>
    /// The names of the family and its samples in every format: OpenMetrics calls a counter's family by the name without _total, and may add the
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
}
