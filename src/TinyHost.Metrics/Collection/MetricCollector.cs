// Owns: listening to the instruments of the chosen meters, and collecting what they recorded.
// Does not own: which meters (MeterSelection), the families (FamilyRegistry), who waits for a name (RefusedInstruments), nor any format.

using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>
/// Turns the measurements of System.Diagnostics.Metrics into families of series, from its construction until it is disposed. Instruments that
/// are disposed go, and their series with them.
/// </summary>
internal sealed class MetricCollector : IDisposable
{
    private readonly MeterSelection _selection;
    private readonly CollectionSettings _settings;
    private readonly ObserverGuard _guard;
    private readonly ILogger _logger;
    private readonly MeterListener _listener;
    private readonly Observation _observation = new();
    private readonly FamilyRegistry _registry;
    private readonly Lock _collecting = new();
    private readonly ProcessInstruments _process;

    // Guards the registry and what follows. No callback runs while it is held.
    private readonly Lock _gate = new();
    private readonly Dictionary<Instrument, SeriesTable> _recorded = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Instrument, ObservableSource> _observed = new(ReferenceEqualityComparer.Instance);
    private readonly RefusedInstruments _refused = new();
    private HashSet<(string, string, InstrumentKind)>? _reportedCollisions;
    private bool _disposed;

    internal MetricCollector(MeterSelection selection, CollectionSettings settings, IProcessProbe process, ILogger logger)
    {
        _selection = selection;
        _settings = settings;
        _guard = ObserverGuard.Of(logger);
        _logger = _guard.Logger;
        _registry = new FamilyRegistry(settings, _observation);
        if (settings.Resource.Length > 0 && _registry.TryJoin(InstrumentDefinition.Target(settings.Resource), out var target, out _))
        {
            _ = target.Find([]);
        }

        Meter = new Meter(new MeterOptions(MeterName) { Scope = selection.Own });
        GuardedMeter = new GuardedMeter(Meter, _guard);
        var overflowed = ForEachFamily(family => family.OverflowMeasurement);
        GuardedMeter.Create("tinyhost.metrics.overflowed", () => Meter.CreateObservableCounter(
            "tinyhost.metrics.overflowed",
            () => overflowed,
            "{measurement}",
            "Measurements that went to a family's overflow series, because its limit of series was reached."));
        var seriesCounts = ForEachFamily(family => family.SeriesMeasurement);
        GuardedMeter.Create("tinyhost.metrics.series", () => Meter.CreateObservableUpDownCounter(
            "tinyhost.metrics.series", () => seriesCounts, "{series}", "Series of each family."));
        _process = new ProcessInstruments(Meter, GuardedMeter, process);
        _listener = new MeterListener { InstrumentPublished = (instrument, _) => Announced(instrument), MeasurementsCompleted = Completed };
        _listener.Start();
    }

    internal const string MeterName = InstrumentDefinition.OwnMeter;

    /// <summary>The collector's own meter. It is always taken, and by no other collector.</summary>
    internal Meter Meter { get; }

    /// <summary>The same meter, for instruments that other collectors' listeners are told of.</summary>
    internal GuardedMeter GuardedMeter { get; }

    /// <summary>
    /// Asks the observables, and returns the families, in order, but for those whose callbacks fail. One collection runs at a time; a second one
    /// waits.
    /// </summary>
    internal MetricFamily[] Collect()
    {
        lock (_collecting)
        {
            var run = NewRun();
            Begin(run);
            ReadProcess();
            while (run.Step(out _))
            {
            }

            return new Collected(End(), run.Failed, run.Hanging).Exposed;
        }
    }

    /// <summary>What tells the time of collections.</summary>
    internal TimeProvider Clock => _settings.Clock;

    /// <summary>A collection, to be begun and stepped through.</summary>
    internal CollectionRun NewRun() => new(Clock, ReportFailure);

    /// <summary>Begins a collection. None that was not abandoned may be under way.</summary>
    internal void Begin(CollectionRun run)
    {
        _observation.Collection++;
        run.Begin(_registry.Families);
    }

    /// <summary>Reads the figures of the process, for the collection that begins.</summary>
    internal void ReadProcess() => _process.Read();

    /// <summary>All families, after a collection.</summary>
    internal MetricFamily[] End()
    {
        var families = _registry.Families;
        ReportOverflow(families);
        return families;
    }

    /// <summary>The callback of a source does not return.</summary>
    internal void ReportHanging(ObservableSource source)
    {
        if (!source.FailureLogged)
        {
            source.FailureLogged = true;
            Log.CallbackHangs(_logger, source.Instrument.Name, source.Instrument.Meter.Name, source.Table.Family.Name);
        }
    }

    public void Dispose()
    {
        ObservableSource[] observed;
        lock (_gate)
        {
            _disposed = true;
            observed = [.. _observed.Values];
        }

        _listener.Dispose();
        foreach (var source in observed)
        {
            source.Dispose();
        }

        GuardedMeter.Dispose();
        _process.Dispose();
    }

    // Of each family that has any.
    private ReusedMeasurements<long> ForEachFamily(Func<MetricFamily, Measurement<long>> count) => new(measurements =>
    {
        foreach (var family in _registry.Families)
        {
            var measurement = count(family);
            if (measurement.Value > 0)
            {
                measurements.Add(measurement);
            }
        }
    });

    // Other people's code creates the instrument: nothing that goes wrong here may reach it.
    private void Announced(Instrument instrument) =>
        _guard.Run("Listening to a new instrument", (this, instrument), static told => told.Item1.Published(told.instrument));

    private void Published(Instrument instrument)
    {
        if (!_selection.Takes(instrument))
        {
            return;
        }

        var view = ViewOf(instrument);
        if (view == MetricView.Dropped)
        {
            return;
        }

        if (InstrumentDefinition.From(instrument, _settings, view) is not { } definition)
        {
            Log.UnknownInstrument(_logger, instrument.Name, instrument.Meter.Name, instrument.GetType().Name);
            return;
        }

        Admit(instrument, definition);
    }

    // Listens to an instrument, if its family's name is free.
    private void Admit(Instrument instrument, InstrumentDefinition definition)
    {
        SeriesTable? table = null;
        ObservableSource? source = null;
        MetricFamily? rival = null;
        lock (_gate)
        {
            // An instrument created while the listener starts is announced twice.
            if (_disposed || _recorded.ContainsKey(instrument) || _observed.ContainsKey(instrument) || _refused.Contains(instrument))
            {
                return;
            }

            if (_registry.TryJoin(definition, out table, out rival))
            {
                if (definition.Kind.IsObservable())
                {
                    source = new ObservableSource(instrument, table, Completed);
                    _observed.Add(instrument, source);
                    table.Family.Add(source);
                }
                else
                {
                    _recorded.Add(instrument, table);
                }
            }
            else
            {
                _refused.Add(instrument, definition, rival);
                if (!(_reportedCollisions ??= []).Add((definition.Meter, definition.Instrument, definition.Kind)))
                {
                    return;
                }
            }
        }

        if (rival is not null)
        {
            Log.Collision(_logger, definition.Instrument, definition.Meter, definition.Family, rival.Definition.Instrument, rival.Definition.Meter);
        }
        else if (source is not null)
        {
            source.Start();
        }
        else
        {
            SeriesTable.Attach(_listener, instrument);
            _listener.EnableMeasurementEvents(instrument, table);
        }
    }

    private MetricView? ViewOf(Instrument instrument)
    {
        try
        {
            return _settings.ViewOf(instrument);
        }
#pragma warning disable CA1031 // What the view throws must not reach the code that creates an instrument: it is logged.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.ViewFailed(_logger, exception, instrument.Name, instrument.Meter.Name);
            return null;
        }
    }

    private void Completed(Instrument instrument, object? state)
    {
        ObservableSource? source;
        List<(Instrument Instrument, InstrumentDefinition Definition)> waiting = [];
        lock (_gate)
        {
            SeriesTable? table;
            if (_observed.Remove(instrument, out source))
            {
                table = source.Table;
                table.Family.Remove(source);
            }
            else if (!_recorded.Remove(instrument, out table))
            {
                return;
            }

            if (_registry.Leave(table) && !_disposed)
            {
                waiting = _refused.Take(table.Family);
            }
        }

        source?.Dispose();
        foreach (var (refused, definition) in waiting)
        {
            if (!RefusedInstruments.IsDisposed(refused))
            {
                Admit(refused, definition);
            }
        }
    }

    private void ReportFailure(ObservableSource source, AggregateException exception)
    {
        if (!source.FailureLogged)
        {
            source.FailureLogged = true;
            var instrument = source.Instrument;
            Log.CallbackFailed(_logger, exception.InnerException ?? exception, instrument.Name, instrument.Meter.Name, source.Table.Family.Name);
        }
    }

    private void ReportOverflow(MetricFamily[] families)
    {
        foreach (var family in families)
        {
            if (!family.OverflowReported && family.Overflowed > 0)
            {
                family.OverflowReported = true;
                Log.Overflow(_logger, family.Name, family.Limit);
            }
        }
    }
}
