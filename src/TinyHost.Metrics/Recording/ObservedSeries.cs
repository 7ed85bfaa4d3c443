// Owns: the value observables report for one label set: staged during a collection, exposed when the family is complete.

namespace TinyHost.Metrics;

/// <summary>The collection in progress. Collections do not overlap, so each collector has one of these.</summary>
internal sealed class Observation
{
    /// <summary>The number of the collection, from 1.</summary>
    internal long Collection { get; set; }

    /// <summary>The observable whose callback is running.</summary>
    internal object? Source { get; set; }
}

/// <summary>
/// An observed value. Reports of several sources (two servers with the same instruments) are added unless <paramref name="kind"/> is a
/// gauge. A later report of the same source replaces its earlier one, but is added if <paramref name="overflow"/> is set, because then it
/// stems from other tags. A sum that is NaN or infinite, and a counter that is negative, count as not reported.
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

    internal override int Record(long value) => Record((double)value);

    internal override int Record(double value)
    {
        if ((!kind.IsGauge() && !double.IsFinite(value)) || (kind.IsMonotonic() && value < 0))
        {
            Owner.Family.Dropped.Note(value);
            return NoSlot;
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
        return NoSlot;
    }

    /// <summary>Exposes the value staged by the current collection. Returns false if there is none: the series is gone.</summary>
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
