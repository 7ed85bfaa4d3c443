// Owns: what all series have in common: labels, an owner, and recording a measurement.

namespace TinyHost.Metrics;

/// <summary>One series of a family. Recording into it is safe from any thread, allocates nothing and does not throw.</summary>
internal abstract class Series(LabelSet labels)
{
    private double _created = double.NaN;

    internal LabelSet Labels { get; } = labels;

    /// <summary>The table the series belongs to. When a table ends, its series end unless another table takes them over.</summary>
    internal required SeriesTable Owner { get; set; }

    /// <summary>When counting began, in seconds since 1970; NaN if unknown or not exposed.</summary>
    internal double Created
    {
        get => Volatile.Read(ref _created);
        set => Volatile.Write(ref _created, value);
    }

    /// <summary>False while there is nothing to expose: an observed series is exposed only if its observable reports it.</summary>
    internal virtual bool IsPresent => true;

    internal abstract void Record(long value);

    internal abstract void Record(double value);

    /// <summary>The current time in seconds since 1970, to the millisecond.</summary>
    internal static double TimeOf(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds() / 1_000.0;
}
