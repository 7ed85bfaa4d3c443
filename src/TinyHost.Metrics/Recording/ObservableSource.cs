// Owns: calling one observable instrument back.
// Does not own: what its measurements become (ObservedSeries).

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

/// <summary>
/// One observable instrument, behind a listener of its own: a listener that holds several cannot say whose callback threw, and calls all of
/// them or none.
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
        SeriesTable.Attach(_listener, instrument);
    }

    internal Instrument Instrument { get; }

    internal SeriesTable Table { get; }

    /// <summary>Whether its failure is in the log already.</summary>
    internal bool FailureLogged { get; set; }

    /// <summary>Whether its callback runs. It is not asked again before that returns.</summary>
    internal bool IsBusy
    {
        get => Volatile.Read(ref _isBusy);
        set => Volatile.Write(ref _isBusy, value);
    }

    /// <summary>The collection during which a callback returned that an earlier one had given up: it is not asked in that one, too.</summary>
    internal long LateIn { get; set; }

    internal void Start() => _listener.EnableMeasurementEvents(Instrument, Table);

    /// <summary>Calls back. Throws <see cref="AggregateException"/> when that fails.</summary>
    internal void Ask() => _listener.RecordObservableInstruments();

    public void Dispose() => _listener.Dispose();
}
