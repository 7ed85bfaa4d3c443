// Owns: calling back one observable instrument.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

/// <summary>
/// An observable instrument with a listener of its own: a listener with several instruments does not tell whose callback threw, and can
/// only call all of them.
/// </summary>
internal sealed class ObservableSource : IDisposable
{
    private readonly MeterListener _listener;
    private bool _isBusy;

    internal ObservableSource(Instrument instrument, SeriesTable table, Action<Instrument, object?> completed)
    {
        Instrument = instrument;
        Table = table;
        _listener = new MeterListener { MeasurementsCompleted = completed };
        MeasurementCallbacks.Attach(_listener, instrument);
    }

    internal Instrument Instrument { get; }

    internal SeriesTable Table { get; }

    /// <summary>Whether its failure has been logged.</summary>
    internal bool FailureLogged { get; set; }

    /// <summary>Whether its callback is running: then it is not called again.</summary>
    internal bool IsBusy
    {
        get => Volatile.Read(ref _isBusy);
        set => Volatile.Write(ref _isBusy, value);
    }

    /// <summary>The collection during which a callback of an abandoned collection returned: it skips this source.</summary>
    internal long ReturnedLateIn { get; set; }

    internal void Start() => _listener.EnableMeasurementEvents(Instrument, Table);

    /// <summary>Calls back. Throws <see cref="AggregateException"/> if the callback fails.</summary>
    internal void Observe() => _listener.RecordObservableInstruments();

    public void Dispose() => _listener.Dispose();
}
