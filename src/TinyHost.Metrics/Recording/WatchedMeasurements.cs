// Owns: recording once something may follow a measurement: an exemplar, or the end of its series.

using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>In use once this process uses activities, gives series a lifetime, or removes one.</summary>
internal static class WatchedMeasurements
{
    /// <summary>Records a measurement; nothing if there is no table. Not inlined: other measurements must not pay for its locals.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Record(SeriesTable? table, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (table?.Find(tags) is { } series)
        {
            Follow(table, series, series.Record(value), value, tags);
        }
    }

    /// <inheritdoc cref="Record(SeriesTable?, long, ReadOnlySpan{KeyValuePair{string, object?}})"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Record(SeriesTable? table, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (table?.Find(tags) is { } series)
        {
            Follow(table, series, series.Record(value), value, tags);
        }
    }

    /// <summary>Does what follows a measurement of a series.</summary>
    internal static void Follow(
        SeriesTable table, Series series, int slot, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (series.Use.IsWatched)
        {
            series.Use.Note(series);
        }

        ExemplarSlots.Offer(series, slot, value, tags, table.Kept);
    }
}
