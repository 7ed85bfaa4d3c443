// Owns: handing the measurements of a MeterListener to the series they belong to.

using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

internal static class MeasurementCallbacks
{
    // Most programs pay for this one check.
    private static volatile bool s_isWatched;

    /// <summary>
    /// Records as <see cref="WatchedMeasurements"/> from now on, for good. A measurement that begins before it counts as made before the
    /// first removal of a series.
    /// </summary>
    internal static void StartWatching() => s_isWatched = true;

    /// <summary>
    /// Routes the measurements of an instrument to the table that is its listener's state. An observable disposed while it is asked has no
    /// state any more. Only the callback of the instrument's own type is set: each is code of its own to compile.
    /// </summary>
    internal static void Attach(MeterListener listener, Instrument instrument)
    {
        // Counter<T> and its like: classes derived from Instrument<T> have no family.
        switch (Type.GetTypeCode(instrument.GetType().GenericTypeArguments[0]))
        {
            case TypeCode.Byte:
                listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => Record((SeriesTable?)state, value, tags));
                break;
            case TypeCode.Int16:
                listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => Record((SeriesTable?)state, value, tags));
                break;
            case TypeCode.Int32:
                listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Record((SeriesTable?)state, value, tags));
                break;
            case TypeCode.Int64:
                listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Record((SeriesTable?)state, value, tags));
                break;
            case TypeCode.Single:
                listener.SetMeasurementEventCallback<float>(
                    static (_, value, tags, state) => Record((SeriesTable?)state, FloatValue.ToDouble(value), tags));
                break;
            case TypeCode.Double:
                listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Record((SeriesTable?)state, value, tags));
                break;
            case TypeCode.Decimal:
                listener.SetMeasurementEventCallback<decimal>(
                    static (_, value, tags, state) => Record((SeriesTable?)state, (double)value, tags));
                break;
        }
    }

    /// <summary>Records a measurement; nothing if there is no table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Record(SeriesTable? table, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (s_isWatched)
        {
            WatchedMeasurements.Record(table, value, tags);
        }
        else
        {
            table?.Find(tags).Record(value);
        }
    }

    /// <inheritdoc cref="Record(SeriesTable?, long, ReadOnlySpan{KeyValuePair{string, object?}})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Record(SeriesTable? table, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (s_isWatched)
        {
            WatchedMeasurements.Record(table, value, tags);
        }
        else
        {
            table?.Find(tags).Record(value);
        }
    }
}
