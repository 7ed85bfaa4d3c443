// Owns: what every series has: its labels, and taking measurements.
// Does not own: how the formats write it.

namespace TinyHost.Metrics;

/// <summary>One series of a family. Recording into it is safe from any thread, allocates nothing and does not throw.</summary>
internal abstract class Series(LabelSet labels)
{
    private double _created = double.NaN;

    internal LabelSet Labels { get; } = labels;

    /// <summary>The table it was made for, whose end it outlives only when another takes it over.</summary>
    internal required SeriesTable Owner { get; set; }

    /// <summary>When it began to count, in seconds since 1970; NaN when that is not to be told or not known.</summary>
    internal double Created
    {
        get => Volatile.Read(ref _created);
        set => Volatile.Write(ref _created, value);
    }

    /// <summary>False while there is nothing to expose: what observables do not report is not there.</summary>
    internal virtual bool IsPresent => true;

    internal abstract void Record(long value);

    internal abstract void Record(double value);

    /// <summary>The time in seconds since 1970, to the millisecond.</summary>
    internal static double TimeOf(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds() / 1_000.0;
}
