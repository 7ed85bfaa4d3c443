// Owns: the value observables report for one label set, staged while a collection runs and shown when it is done.
// Does not own: when that is (MetricFamily), nor calling back (ObservableSource).

namespace TinyHost.Metrics;

/// <summary>
/// A value observed at collection. Several sources of one family (two servers with the same instruments) add up when
/// they are sums (<paramref name="kind"/>); a later report of one source for the same tags replaces the one before, and adds too where it comes of
/// different tags (<paramref name="overflow"/>). A counter that reports less than zero, or NaN, has reported nothing.
/// </summary>
internal sealed class ObservedSeries(LabelSet labels, Observation observation, InstrumentKind kind, bool overflow) : ScalarSeries(labels)
{
    private double _value;
    private volatile bool _present;

    private object? _source;
    private double _earlier;
    private double _current;
    private long _stagedIn;

    internal override double Value => Volatile.Read(ref _value);

    internal override bool IsPresent => _present;

    internal override void Record(long value) => Record((double)value);

    internal override void Record(double value)
    {
        if (kind.IsMonotonic() && !(value >= 0))
        {
            return;
        }

        if (_stagedIn != observation.Collection)
        {
            (_stagedIn, _earlier, _current) = (observation.Collection, 0, value);
        }
        else if (!kind.IsGauge() && (overflow || _source != observation.Source))
        {
            (_earlier, _current) = (_earlier + _current, value);
        }
        else
        {
            _current = value;
        }

        _source = observation.Source;
    }

    /// <summary>Shows what the collection staged. False, and the series is gone, when that is nothing.</summary>
    internal bool Show()
    {
        var staged = _stagedIn == observation.Collection;
        if (staged)
        {
            Volatile.Write(ref _value, _earlier + _current);
        }

        return _present = staged;
    }
}
