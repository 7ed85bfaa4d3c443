// Owns: the series of one family, each label set once, and what all series have in common.

namespace TinyHost.Metrics;

/// <summary>A metric family: one name, type and help text, and its series. Usually of one instrument.</summary>
internal sealed class MetricFamily(InstrumentDefinition definition, MetricsOptions options, TimeProvider clock, Observation observation)
{
    // Text, OpenMetrics 1 and 2, and protobuf, each in every escaping scheme.
    private const int MaxFormats = 4 * ((int)EscapingScheme.AllowUtf8 + 1);

    private readonly bool _exemplars = options.Exemplars;
    private readonly List<SeriesTable> _tables = [];
    private readonly Dictionary<LabelSet, Series> _byLabels = [];
    private Series?[] _series = new Series?[4];
    private long _overflowedBefore;

    /// <summary>What the family's first instrument declared.</summary>
    internal InstrumentDefinition Definition => definition;

    internal string Name => definition.Family;

    internal FamilyType Type => definition.Kind.FamilyType();

    /// <summary>
    /// The limit on series, not counting the overflow series. The collector's own families need a series for each other family.
    /// </summary>
    internal int Limit { get; } = definition.Meter == InstrumentDefinition.OwnMeter ? int.MaxValue : definition.Limit;

    /// <summary>Held while series are added or removed.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>
    /// The series in order of creation, then nulls. Additions append to the array or copy it, removals copy it: a reader may take its time,
    /// and meets no series twice.
    /// </summary>
    internal Series?[] Series => Volatile.Read(ref _series);

    internal int SeriesCount => _byLabels.Count;

    /// <summary>The observables of the family, asked at each collection.</summary>
    internal ObservableSource[] Sources { get; private set; } = [];

    /// <summary>What each exposition format has encoded of this family, at the index of the format.</summary>
    internal object?[] Encoded { get; } = new object?[MaxFormats];

    /// <summary>The number of measurements that went to the overflow series.</summary>
    internal long Overflowed
    {
        get
        {
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

    /// <summary>Whether it has been logged that the limit was reached.</summary>
    internal bool OverflowReported { get; set; }

    /// <summary>The table for instruments with these constant tags and kept tags.</summary>
    internal SeriesTable TableFor(KeyValuePair<string, object?>[] constantTags, KeptTags? kept)
    {
        lock (Gate)
        {
            var table = _tables.Find(table => TagSet.AreEqual(constantTags, table.ConstantTags) && KeptTags.AreEqual(kept, table.Kept));
            if (table is null)
            {
                table = new SeriesTable(this, constantTags, kept, Limit);
                _tables.Add(table);
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

    /// <summary>The series of these tags. The caller holds <see cref="Gate"/>.</summary>
    internal Series GetOrAdd(SeriesTable table, ReadOnlySpan<KeyValuePair<string, object?>> tags, bool overflow)
    {
        var labels = LabelsOf(table, tags);
        if (!_byLabels.TryGetValue(labels, out var series))
        {
            series = Create(labels, table, overflow);
            Append(series);
            _byLabels.Add(labels, series);
        }

        return series;
    }

    /// <summary>The series of these tags if there is one. The caller holds <see cref="Gate"/>.</summary>
    internal Series? Find(SeriesTable table, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _byLabels.GetValueOrDefault(LabelsOf(table, tags));

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

    private LabelSet LabelsOf(SeriesTable table, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        LabelSet.From(tags, table.ConstantTags, Type == FamilyType.Histogram ? "le" : null, options.Labels);

    private Series Create(LabelSet labels, SeriesTable owner, bool overflow) => definition.Kind switch
    {
        InstrumentKind.Counter => new SumSeries(labels, monotonic: true, NewExemplars(1)) { Owner = owner, Created = Now() },
        InstrumentKind.UpDownCounter => new SumSeries(labels, monotonic: false, null) { Owner = owner },
        InstrumentKind.Gauge => new GaugeSeries(labels) { Owner = owner },
        InstrumentKind.Histogram => CreateHistogram(labels, owner),
        InstrumentKind.Info => new InfoSeries(labels) { Owner = owner },
        _ => new ObservedSeries(labels, observation, definition.Kind, overflow || owner.Kept is not null) { Owner = owner },
    };

    private HistogramSeries CreateHistogram(LabelSet labels, SeriesTable owner)
    {
        var exemplars = NewExemplars(definition.Boundaries.Length + 1);
        return definition.Native is { } native
            ? new NativeHistogramSeries(labels, definition.Boundaries, exemplars, new NativeHistogram(native, clock), clock)
            {
                Owner = owner,
                Created = Now(),
            }
            : new HistogramSeries(labels, definition.Boundaries, exemplars) { Owner = owner, Created = Now() };
    }

    private ExemplarSlots? NewExemplars(int count) => _exemplars ? new ExemplarSlots(count, clock) : null;

    private double Now() => TinyHost.Metrics.Series.TimeOf(clock);

    private void Append(Series series)
    {
        var held = _series;
        var count = _byLabels.Count;
        if (count == held.Length)
        {
            Array.Resize(ref held, count * 2);
            held[count] = series;
            Volatile.Write(ref _series, held);
        }
        else
        {
            Volatile.Write(ref held[count], series);
        }
    }

    private void Keep(Func<Series, bool> isKept)
    {
        Series[] left = [.. _series.OfType<Series>().Where(isKept)];
        _byLabels.Clear();
        foreach (var series in left)
        {
            _byLabels.Add(series.Labels, series);
        }

        Volatile.Write(ref _series, [.. left, null]);
    }
}

/// <summary>One series of a family. Recording into it is safe from any thread, allocates nothing and does not throw.</summary>
internal abstract class Series(LabelSet labels, ExemplarSlots? exemplars = null)
{
    /// <summary>No slot: the measurement makes no exemplar.</summary>
    internal const int NoSlot = -1;

    private double _created = double.NaN;

    internal LabelSet Labels { get; } = labels;

    /// <summary>One exemplar per bucket, or one: the last measurement made within a trace. Null if exemplars are off.</summary>
    internal ExemplarSlots? Exemplars { get; } = exemplars;

    /// <summary>The table the series belongs to. When a table ends, its series end unless another table takes them over.</summary>
    internal required SeriesTable Owner { get; set; }

    /// <summary>When counting began, in seconds since 1970; NaN if unknown.</summary>
    internal double Created
    {
        get => Volatile.Read(ref _created);
        set => Volatile.Write(ref _created, value);
    }

    /// <summary>False while there is nothing to expose: an observed series is exposed only if its observable reports it.</summary>
    internal virtual bool IsPresent => true;

    /// <summary>Records a value. Returns the slot of its exemplar, or <see cref="NoSlot"/>.</summary>
    internal abstract int Record(long value);

    /// <inheritdoc cref="Record(long)"/>
    internal abstract int Record(double value);

    /// <summary>The current time in seconds since 1970, to the millisecond.</summary>
    internal static double TimeOf(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds() / 1_000.0;
}
