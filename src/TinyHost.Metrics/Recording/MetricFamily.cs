// Owns: the series of one family, each label set once, and what all series have in common.

namespace TinyHost.Metrics;

/// <summary>A metric family: one name, type and help text, and its series. Usually of one instrument.</summary>
internal sealed class MetricFamily(InstrumentDefinition definition, MetricsOptions options, TimeProvider clock, Observation observation)
{
    // Text, OpenMetrics 1 and 2, and protobuf, each in every escaping scheme.
    private const int MaxFormats = 4 * ((int)EscapingScheme.AllowUtf8 + 1);

    private readonly SeriesFactory _factory = new(definition, options, clock, observation);
    private readonly List<SeriesTable> _tables = [];
    private readonly SeriesSet _series = new();
    private long _overflowedBefore;
    private bool _expires;
    private volatile bool _hasOverflowed;
    private (int Version, LabelValues[] Values)? _labelValues;

    /// <summary>What the family's first instrument declared.</summary>
    internal InstrumentDefinition Definition => definition;

    internal string Name => definition.Family;

    internal FamilyType Type => definition.Kind.FamilyType();

    private string? ReservedLabel => Type == FamilyType.Histogram ? "le" : null;

    /// <summary>Held while series are added or removed. No code of the application runs while it is held.</summary>
    internal Lock Gate { get; } = new();

    /// <inheritdoc cref="SeriesSet.InOrder"/>
    internal Series?[] Series => _series.InOrder;

    internal int SeriesCount => _series.Count;

    /// <summary>The observables of the family, asked at each collection.</summary>
    internal ObservableSource[] Sources { get; private set; } = [];

    /// <summary>What each exposition format has encoded of this family, at the index of the format.</summary>
    internal object?[] Encoded { get; } = new object?[MaxFormats];

    /// <summary>The first two tags of its series that became one label; null if there are none.</summary>
    internal TagClash? Clash { get; private set; }

    /// <summary>Whether one of its tables has ever reached its limit.</summary>
    internal bool HasOverflowed
    {
        get => _hasOverflowed;
        set => _hasOverflowed = value;
    }

    /// <summary>The number of measurements that went to overflow series.</summary>
    internal long Overflowed
    {
        get
        {
            if (!_hasOverflowed)
            {
                return 0;
            }

            lock (Gate)
            {
                var sum = _overflowedBefore;
                foreach (var table in _tables)
                {
                    sum += table.Overflowed;
                }

                return sum;
            }
        }
    }

    /// <summary>Whether OpenMetrics 1.0 has a sample for the time each series was created.</summary>
    internal bool HasCreatedSamples { get; } = options.CreatedSamples;

    internal DroppedMeasurements Dropped { get; } = new();

    /// <summary>The labels with the most values while a limit on series is reached; empty otherwise.</summary>
    internal LabelValues[] ExplodedLabels()
    {
        if (!_hasOverflowed)
        {
            return [];
        }

        lock (Gate)
        {
            if (!_tables.Exists(table => table.IsOverflowing))
            {
                return [];
            }

            if (_labelValues is not { } known || known.Version != _series.Version)
            {
                _labelValues = known = (_series.Version, LabelValues.Of(_series.All));
            }

            return known.Values;
        }
    }

    /// <summary>A table that has reached its limit, each once; null if there is no other.</summary>
    internal SeriesTable? TakeOverflowing()
    {
        if (!_hasOverflowed)
        {
            return null;
        }

        lock (Gate)
        {
            var table = _tables.Find(table => table is { IsOverflowing: true, OverflowReported: false });
            table?.OverflowReported = true;
            return table;
        }
    }

    /// <summary>The table for instruments whose measurements become the same series under the same rules.</summary>
    internal SeriesTable TableFor(InstrumentDefinition definition)
    {
        lock (Gate)
        {
            var table = _tables.Find(table => table.Definition.SharesSeriesWith(definition));
            if (table is null)
            {
                table = new SeriesTable(this, definition);
                _tables.Add(table);
                if (definition.Lifetime > TimeSpan.Zero)
                {
                    _expires = true;
                    MeasurementWatch.Start();
                }
            }

            return table;
        }
    }

    /// <summary>Ends a table, and its series that no other table shares. Returns false if it was the last table.</summary>
    internal bool Remove(SeriesTable table)
    {
        lock (Gate)
        {
            _tables.Remove(table);
            _tables.ForEach(heir => heir.TakeOver(table));
            _overflowedBefore += table.Overflowed;
            Keep(series => series.Owner != table);
            return _tables.Count > 0;
        }
    }

    /// <summary>
    /// Ends the series that nothing was recorded into for their lifetime, as far as sweeps have seen: a series used since the last sweep
    /// stays, so that each value is exposed at least once.
    /// </summary>
    internal void Sweep()
    {
        if (_expires)
        {
            SweepNow(clock.GetTimestamp());
        }
    }

    /// <summary>Ends the series of a table that have all of these labels. Returns their number.</summary>
    internal int RemoveSeries(SeriesTable table, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = LabelSet.From(tags, [], ReservedLabel);
        lock (Gate)
        {
            return End([.. table.HeldSeries().Distinct().Where(series => series.Labels.Contains(labels))], onlyIdle: false);
        }
    }

    /// <summary>The labels of a table's series with these tags.</summary>
    internal LabelSet LabelsOf(SeriesTable table, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        LabelSet.From(tags, table.Definition.Tags, ReservedLabel, options.Labels);

    /// <summary>The series with these labels, if there is one. The caller holds <see cref="Gate"/>.</summary>
    internal Series? Find(LabelSet labels)
    {
        var series = _series.Find(labels);
        Clash ??= labels.FindClash(series?.Labels);
        return series;
    }

    /// <summary>Adds a series with new labels. The caller holds <see cref="Gate"/>.</summary>
    internal Series Add(LabelSet labels, SeriesTable owner, bool overflow)
    {
        var series = _factory.Create(labels, owner, overflow);
        _series.Add(series);
        owner.SeriesCount += overflow ? 0 : 1;
        return series;
    }

    /// <summary>Moves what was recorded into a series while it ended, if it did end.</summary>
    internal void MoveLate(Series series)
    {
        lock (Gate)
        {
            if (series is { IsEnded: true, HasLate: true } && SuccessorOf(series) is { } successor)
            {
                series.MoveTo(successor);
            }
        }
    }

    /// <summary>The series that now has the labels of one that ended; null if the instruments are gone as well.</summary>
    internal Series? SuccessorOf(Series ended)
    {
        lock (Gate)
        {
            var owner = _tables.Contains(ended.Owner) ? ended.Owner : _tables.FirstOrDefault();
            return Find(ended.Labels) ?? owner?.Succeed(ended);
        }
    }

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
            lock (Gate)
            {
                Keep(series => series.IsPresent);
                _tables.ForEach(table => table.Prune());
            }
        }
    }

    private void SweepNow(long now)
    {
        lock (Gate)
        {
            End([.. _series.All.Where(IsIdle)], onlyIdle: true);
        }

        bool IsIdle(Series series) => series.Owner.Definition.Lifetime is var lifetime && lifetime > TimeSpan.Zero
            && clock.GetElapsedTime(series.IdleSince(now), now) >= lifetime;
    }

    // Returns the number of series ended. The caller holds the lock.
    private int End(Series[] series, bool onlyIdle)
    {
        MeasurementWatch.Start();
        Series[] ending = [.. series.Where(one => one.TryBeginEnd(onlyIdle))];
        if (ending.Length == 0)
        {
            return 0;
        }

        Interlocked.MemoryBarrierProcessWide();
        var count = ending.Count(one => one.TryEnd(onlyIdle));
        Keep(one => !one.IsEnded);
        _tables.ForEach(table => table.Prune());
        return count;
    }

    private void Keep(Func<Series, bool> isKept)
    {
        _series.Keep(isKept);
        _tables.ForEach(table => table.SeriesCount = 0);
        foreach (var series in _series.All)
        {
            series.Owner.SeriesCount += series.IsOverflow ? 0 : 1;
        }
    }
}
