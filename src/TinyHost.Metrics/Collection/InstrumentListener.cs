// Owns: listening to the instruments of the selected meters, from their publication to their end.

using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>Adds instruments to the families as they are published, and removes them when their meters are disposed.</summary>
internal sealed class InstrumentListener : IDisposable
{
    private readonly MetricsOptions _options;
    private readonly MeterSelection _selection;
    private readonly FamilyRegistry _registry;
    private readonly ObserverGuard _guard;
    private readonly ILogger _logger;
    private readonly InstrumentReader _reader;
    private readonly NameReports _reports;
    private readonly FirstReports<Report> _failedViews = new();
    private readonly MeterListener _listener;

    // Guards the registry and the fields below. No callback runs while it is held.
    private readonly Lock _gate = new();
    private readonly Dictionary<Instrument, SeriesTable> _recorded = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Instrument, ObservableSource> _observed = new(ReferenceEqualityComparer.Instance);
    private readonly RefusedInstruments _refused = new();
    private bool _disposed;

    internal InstrumentListener(
        MetricsOptions options, MeterSelection selection, FamilyRegistry registry, ObserverGuard guard, bool forBatch)
    {
        (_options, _selection, _registry, _guard, _logger) = (options, selection, registry, guard, guard.Logger);
        _reader = new InstrumentReader(options, forBatch);
        _reports = new NameReports(_logger);
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) => OnPublished(instrument),
            MeasurementsCompleted = OnCompleted,
        };
        _listener.Start();
    }

    /// <summary>Adds a family with one constant series, unless its name is taken.</summary>
    internal void AddConstant(InstrumentDefinition definition)
    {
        lock (_gate)
        {
            _registry.AddConstant(definition);
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
    }

    /// <summary>The table of an instrument that is recorded as it happens; null for all others.</summary>
    internal SeriesTable? TableOf(Instrument instrument)
    {
        lock (_gate)
        {
            return _recorded.GetValueOrDefault(instrument);
        }
    }

    // This runs inside the constructor of the instrument: no failure may reach the code that creates it.
    private void OnPublished(Instrument instrument) =>
        _guard.Run("Listening to a new instrument", (this, instrument), static published => published.Item1.Publish(published.instrument));

    private void Publish(Instrument instrument)
    {
        if (!_selection.Includes(instrument))
        {
            return;
        }

        var view = ViewOf(instrument);
        if (view == MetricView.Dropped)
        {
            return;
        }

        if (_reader.Read(instrument, view) is not { } definition)
        {
            Log.UnknownInstrument(_logger, instrument.Name, instrument.Meter.Name, instrument.GetType().Name);
        }
        else if (definition.Family.Length == 0)
        {
            _reports.ReportUnusable(definition, InstrumentReader.NameOf(instrument, view));
        }
        else
        {
            Add(instrument, definition);
        }
    }

    private MetricView? ViewOf(Instrument instrument)
    {
        try
        {
            return _options.View?.Invoke(instrument);
        }
#pragma warning disable CA1031 // An exception of the view must not reach the code that creates the instrument.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (_failedViews.IsFirst(new Report(instrument.Meter.Name, instrument.Name)))
            {
                Log.ViewFailed(_logger, exception, instrument.Name, instrument.Meter.Name);
            }

            return null;
        }
    }

    // Starts to listen to an instrument if its family's name is free.
    private void Add(Instrument instrument, InstrumentDefinition definition)
    {
        SeriesTable? table;
        ObservableSource? source = null;
        MetricFamily? rival;
        lock (_gate)
        {
            // An instrument created while the listener starts is published twice.
            if (_disposed || _recorded.ContainsKey(instrument) || _observed.ContainsKey(instrument) || _refused.Contains(instrument))
            {
                return;
            }

            if (!_registry.TryJoin(definition, out table, out rival))
            {
                _refused.Add(instrument, definition, rival);
            }
            else if (definition.Kind.IsObservable())
            {
                source = new ObservableSource(instrument, table, OnCompleted);
                _observed.Add(instrument, source);
                table.Family.Add(source);
            }
            else
            {
                _recorded.Add(instrument, table);
            }
        }

        if (table is null)
        {
            _reports.ReportCollision(definition, rival!.Definition);
            return;
        }

        _reports.ReportMerge(definition, table.Family.Definition);
        if (source is not null)
        {
            source.Start();
        }
        else
        {
            MeasurementCallbacks.Attach(_listener, instrument);
            _listener.EnableMeasurementEvents(instrument, table);
        }
    }

    private void OnCompleted(Instrument instrument, object? state)
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
                Add(refused, definition);
            }
        }
    }

    private readonly record struct Report(string Meter, string Instrument);
}
