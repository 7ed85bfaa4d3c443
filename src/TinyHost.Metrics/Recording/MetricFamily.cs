// Owns: one metric family: its series, where they come from, and what is known of them.

namespace TinyHost.Metrics;

/// <summary>A metric family: one name, type and help text, and its series. Usually of one instrument.</summary>
internal sealed class MetricFamily
{
    // Text, OpenMetrics 1 and 2, and protobuf, each in every escaping scheme.
    private const int MaxFormats = 4 * ((int)EscapingScheme.AllowUtf8 + 1);

    private readonly SeriesSet _series;

    internal MetricFamily(
        InstrumentDefinition definition, MetricsOptions options, TimeProvider clock, Observation observation, SharedSegment? segment = null)
    {
        (Definition, Clock, HasCreatedSamples) = (definition, clock, options.CreatedSamples);
        _series = new SeriesSet(definition, options, clock, observation, segment);
        Tables = new FamilyTables(this, _series);
        Overflow = new FamilyOverflow(Tables, _series);
    }

    /// <summary>What the family's first instrument declared.</summary>
    internal InstrumentDefinition Definition { get; }

    internal string Name => Definition.Family;

    internal FamilyType Type => Definition.Kind.FamilyType();

    /// <summary>The clock of its series.</summary>
    internal TimeProvider Clock { get; }

    /// <inheritdoc cref="SeriesSet.Gate"/>
    internal Lock Gate => _series.Gate;

    /// <inheritdoc cref="SeriesSet.InOrder"/>
    internal Series?[] Series => _series.InOrder;

    internal int SeriesCount => _series.Count;

    /// <summary>The tables that find its series, and the end of series.</summary>
    internal FamilyTables Tables { get; }

    /// <summary>The observables of the family, asked at each collection.</summary>
    internal ObservableSource[] Sources { get; private set; } = [];

    /// <summary>What each exposition format has encoded of this family, at the index of the format.</summary>
    internal object?[] Encoded { get; } = new object?[MaxFormats];

    /// <summary>Whether OpenMetrics 1.0 has a sample for the time each series was created.</summary>
    internal bool HasCreatedSamples { get; }

    /// <inheritdoc cref="SeriesSet.Clash"/>
    internal TagClash? Clash => _series.Clash;

    internal FamilyOverflow Overflow { get; }

    internal DroppedMeasurements Dropped { get; } = new();

    internal void Add(ObservableSource source)
    {
        lock (Gate)
        {
            Sources = [.. Sources, source];
        }
    }

    internal void Remove(ObservableSource source)
    {
        lock (Gate)
        {
            Sources = Array.FindAll(Sources, held => held != source);
        }
    }

    /// <summary>Adds a series with new labels to a family that no instrument records into.</summary>
    internal Series Add(LabelSet labels)
    {
        var table = Tables.For(Definition);
        lock (Gate)
        {
            return _series.Add(labels, table, overflow: false);
        }
    }

    /// <summary>Exposes the values that a complete collection observed, and removes series it did not see.</summary>
    internal void ShowObserved()
    {
        var allPresent = true;
        foreach (var series in Series)
        {
            if (series is not ObservedSeries observed)
            {
                break;
            }

            allPresent &= observed.Show();
        }

        if (!allPresent)
        {
            Tables.RemoveAbsent();
        }
    }
}
