// Owns: counting the measurements a family cannot take.

namespace TinyHost.Metrics;

/// <summary>Measurements dropped because they would spoil a sum, by reason.</summary>
internal sealed class DroppedMeasurements
{
    private long _negative;
    private long _notFinite;
    private bool _isReported;

    /// <summary>Negative values of a counter.</summary>
    internal long Negative => Interlocked.Read(ref _negative);

    /// <summary>NaN and infinities.</summary>
    internal long NotFinite => Interlocked.Read(ref _notFinite);

    internal bool Any => Negative + NotFinite > 0;

    internal void Note(double value) => Interlocked.Increment(ref double.IsFinite(value) ? ref _negative : ref _notFinite);

    /// <summary>These counts once, as soon as there are any; otherwise null.</summary>
    internal DroppedMeasurements? TakeReport()
    {
        if (_isReported || !Any)
        {
            return null;
        }

        _isReported = true;
        return this;
    }
}
