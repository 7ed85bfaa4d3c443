// Owns: the series of one family, each label set once, and asking its observables for them.
// Does not own: names of other families (FamilyRegistry), nor how formats write it.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

/// <summary>A metric family: one name, type and help, and its series. Usually of one instrument.</summary>
internal sealed class MetricFamily(InstrumentDefinition definition, CollectionSettings settings, Observation observation)
{
    private readonly List<SeriesTable> _tables = [];
    private readonly Dictionary<LabelSet, Series> _byLabels = [];
    private ObservableSource[] _sources = [];
    private Series?[] _series = new Series?[4];
    private long _overflowedBefore;
    private Measurement<long> _seriesMeasured;
    private Measurement<long> _overflowMeasured;

    /// <summary>What the first of its instruments says of it.</summary>
    internal InstrumentDefinition Definition => definition;

    internal string Name => definition.Family;

    internal FamilyType Type => definition.Kind.FamilyType();

    /// <summary>How many series it may have, besides the overflow series. Those of the collector's own have a series for each family.</summary>
    internal int Limit { get; } = definition.Meter == InstrumentDefinition.OwnMeter ? int.MaxValue : definition.Limit;

    /// <summary>Held while series are added or removed.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>
    /// The series, in the order they came up, then nulls. The array is only ever appended to; removal makes a new one. So whoever walks it may
    /// take as long as it likes, and meets no series twice.
    /// </summary>
    internal Series?[] Series => Volatile.Read(ref _series);

    internal int SeriesCount => _byLabels.Count;

    /// <summary>How many series it has, as a measurement. Made anew only when the count changes.</summary>
    internal Measurement<long> SeriesMeasurement => Measure(ref _seriesMeasured, SeriesCount);

    /// <summary>How many measurements went to the overflow series, as a measurement. Made anew only when the count changes.</summary>
    internal Measurement<long> OverflowMeasurement => Measure(ref _overflowMeasured, Overflowed);

    /// <summary>Where each exposition format keeps what it has encoded of this family, at the format's own index.</summary>
    internal object?[] Encoded { get; } = new object?[MaxFormats];

    /// <summary>Measurements that went to the overflow series.</summary>
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

    /// <summary>Whether the log says already that the limit was reached.</summary>
    internal bool OverflowReported { get; set; }

    /// <summary>The table for instruments with these constant tags that keep the same tags of their measurements.</summary>
    internal SeriesTable TableFor(KeyValuePair<string, object?>[] constantTags, KeptTags? kept)
    {
        lock (Gate)
        {
            foreach (var table in _tables)
            {
                if (TagSet.AreEqual(constantTags, table.ConstantTags) && KeptTags.AreEqual(kept, table.Kept))
                {
                    return table;
                }
            }

            var added = new SeriesTable(this, constantTags, kept, Limit);
            _tables.Add(added);
            return added;
        }
    }

    /// <summary>Ends a table and its series, but those another has, too. False when it was the last.</summary>
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

    /// <summary>The series of these tags. Call it with <see cref="Gate"/> held.</summary>
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

    /// <summary>The series of these tags if there is one. Call it with <see cref="Gate"/> held.</summary>
    internal Series? Find(SeriesTable table, ReadOnlySpan<KeyValuePair<string, object?>> tags) => _byLabels.GetValueOrDefault(LabelsOf(table, tags));

    internal void Add(ObservableSource source)
    {
        lock (Gate)
        {
            _sources = [.. _sources, source];
        }
    }

    internal void Remove(ObservableSource source)
    {
        lock (Gate)
        {
            _sources = [.. _sources.Where(held => held != source)];
        }
    }

    /// <summary>
    /// Asks the observables. When a callback fails, the whole family is left out of this collection: a sum that lacks a part would look like a
    /// counter that went back. The same goes for one that has not returned since an earlier collection. Its series stay as they were, for scrapes
    /// of an earlier collection that have yet to write them. False when the run was abandoned. Collections must not overlap.
    /// </summary>
    internal bool Observe(CollectionRun run)
    {
        var sources = _sources;
        if (sources.Length == 0)
        {
            return true;
        }

        var whole = true;
        foreach (var source in sources)
        {
            if (source.IsBusy || source.LateIn == observation.Collection)
            {
                whole = false;
                run.Hanging.Add(this);
                continue;
            }

            observation.Source = source;
            if (Ask(source, run) is not { } succeeded)
            {
                return false;
            }

            whole &= succeeded;
        }

        observation.Source = null;
        if (whole)
        {
            Show();
        }

        return true;
    }

    // Null when the run was abandoned before the callback returned.
    private bool? Ask(ObservableSource source, CollectionRun run)
    {
        AggregateException? failure = null;
        source.IsBusy = true;
        run.BeginCallback(source);
        try
        {
            source.Ask();
        }
        catch (AggregateException exception)
        {
            failure = exception;
        }

        var inTime = run.EndCallback();
        if (!inTime)
        {
            // What it reported went to whatever collection runs by now. In the order of these two lines.
            source.LateIn = observation.Collection;
        }

        source.IsBusy = false;
        if (failure is not null && inTime)
        {
            run.Fail(source, failure);
        }

        return inTime ? failure is null : null;
    }

    private void Show()
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
        LabelSet.From(tags, table.ConstantTags, Type == FamilyType.Histogram ? "le" : null);

    private Measurement<long> Measure(ref Measurement<long> held, long count)
    {
        // Others than the collector may observe, too.
        lock (Gate)
        {
            if (held.Value != count)
            {
                held = new Measurement<long>(count, new KeyValuePair<string, object?>("family", Name));
            }

            return held;
        }
    }

    private Series Create(LabelSet labels, SeriesTable owner, bool overflow) => definition.Kind switch
    {
        InstrumentKind.Counter => new SumSeries(labels, monotonic: true, NewExemplars(1)) { Owner = owner, Created = Now() },
        InstrumentKind.UpDownCounter => new SumSeries(labels, monotonic: false, null) { Owner = owner },
        InstrumentKind.Gauge => new GaugeSeries(labels) { Owner = owner },
        InstrumentKind.Histogram when definition.Native is { } native => new NativeHistogramSeries(
            labels, definition.Boundaries, NewExemplars(definition.Boundaries.Length + 1), new NativeHistogram(native, settings.Clock), settings.Clock)
        {
            Owner = owner,
            Created = Now(),
        },
        InstrumentKind.Histogram => new HistogramSeries(labels, definition.Boundaries, NewExemplars(definition.Boundaries.Length + 1)) { Owner = owner, Created = Now() },
        InstrumentKind.Info => new InfoSeries(labels) { Owner = owner },
        _ => new ObservedSeries(labels, observation, definition.Kind, overflow || owner.Kept is not null) { Owner = owner },
    };

    private ExemplarSlots? NewExemplars(int count) => settings.Exemplars ? new ExemplarSlots(count, settings.Clock) : null;

    private double Now() => settings.CreatedSamples ? TinyHost.Metrics.Series.TimeOf(settings.Clock) : double.NaN;

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

    private void Keep(Func<Series, bool> kept)
    {
        Series[] left = [.. _series.OfType<Series>().Where(kept)];
        _byLabels.Clear();
        foreach (var series in left)
        {
            _byLabels.Add(series.Labels, series);
        }

        Volatile.Write(ref _series, [.. left, null]);
    }

    // Text, OpenMetrics and protobuf, each in every escaping scheme.
    private const int MaxFormats = 3 * ((int)EscapingScheme.AllowUtf8 + 1);
}
