// Owns: the series of a family, by label set and in order of creation, and adding new ones.

namespace TinyHost.Metrics;

/// <summary>Series with distinct labels. Changed under the family's lock; <see cref="InOrder"/> may be read at any time.</summary>
internal sealed class SeriesSet(
    InstrumentDefinition definition, MetricsOptions options, TimeProvider clock, Observation observation, SharedSegment? segment)
{
    private readonly SeriesFactory _factory = new(definition, options, clock, observation, segment);
    private readonly IDictionary<string, string> _commonLabels = options.Labels;
    private readonly Dictionary<LabelSet, Series> _byLabels = [];
    private Series?[] _inOrder = new Series?[4];

    /// <summary>The family's lock. No code of the application runs while it is held.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>The label that the family's type reserves; null for none.</summary>
    internal string? ReservedLabel { get; } = definition.Kind.FamilyType() == FamilyType.Histogram ? "le" : null;

    /// <summary>
    /// The series in order of creation, then nulls. Additions append to the array or copy it, removals copy it: a reader may take its time,
    /// and meets no series twice.
    /// </summary>
    internal Series?[] InOrder => Volatile.Read(ref _inOrder);

    internal int Count => _byLabels.Count;

    /// <summary>Another number after each change.</summary>
    internal int Version { get; private set; }

    internal IReadOnlyCollection<Series> All => _byLabels.Values;

    /// <summary>The first two tags that became one label; null if there are none.</summary>
    internal TagClash? Clash { get; private set; }

    /// <summary>The labels of a table's series with these tags.</summary>
    internal LabelSet LabelsOf(SeriesTable table, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        LabelSet.From(tags, table.Tags, ReservedLabel, _commonLabels);

    /// <summary>The series with these labels, if there is one. The caller holds <see cref="Gate"/>.</summary>
    internal Series? Find(LabelSet labels)
    {
        var series = _byLabels.GetValueOrDefault(labels);
        if (Clash is null && (labels.HasJoined || series is not null))
        {
            Clash = TagClash.Find(labels, series?.Labels);
        }

        return series;
    }

    /// <summary>Adds a series with new labels. The caller holds <see cref="Gate"/>.</summary>
    internal Series Add(LabelSet labels, SeriesTable owner, bool overflow)
    {
        var series = _factory.Create(labels, owner, overflow);
        var held = _inOrder;
        var count = _byLabels.Count;
        if (count == held.Length)
        {
            Array.Resize(ref held, count * 2);
            held[count] = series;
            Volatile.Write(ref _inOrder, held);
        }
        else
        {
            Volatile.Write(ref held[count], series);
        }

        _byLabels.Add(labels, series);
        owner.SeriesCount += overflow ? 0 : 1;
        Version++;
        return series;
    }

    internal void Keep(Func<Series, bool> isKept)
    {
        Series[] left = [.. _inOrder.OfType<Series>().Where(isKept)];
        _byLabels.Clear();
        foreach (var series in left)
        {
            _byLabels.Add(series.Labels, series);
        }

        Volatile.Write(ref _inOrder, [.. left, null]);
        Version++;
    }
}
