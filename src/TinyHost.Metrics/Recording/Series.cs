// Owns: what all series have in common.

namespace TinyHost.Metrics;

/// <summary>One series of a family. Recording into it is safe from any thread, allocates nothing and does not throw.</summary>
internal abstract class Series(LabelSet labels, int exemplarCount = 0)
{
    /// <summary>No slot: the measurement makes no exemplar.</summary>
    internal const int NoSlot = -1;

    private double _created = double.NaN;
    private ExemplarSlots? _exemplars;
    private SeriesUse _use;

    internal LabelSet Labels { get; } = labels;

    /// <summary>The number of its exemplars: one per bucket, or one. Zero if it has none.</summary>
    internal int ExemplarCount => exemplarCount;

    /// <summary>Its exemplars. Null before a measurement is made within a trace.</summary>
    internal ref ExemplarSlots? Exemplars => ref _exemplars;

    /// <summary>The table the series belongs to. When a table ends, its series end unless another table takes them over.</summary>
    internal required SeriesTable Owner { get; set; }

    /// <summary>Whether this is the series of measurements above the limit.</summary>
    internal bool IsOverflow { get; init; }

    /// <summary>When counting began, in seconds since 1970; NaN if unknown.</summary>
    internal double Created
    {
        get => Volatile.Read(ref _created);
        set => Volatile.Write(ref _created, value);
    }

    /// <summary>
    /// False while there is nothing to expose: an observed series is exposed only if its observable reports it, and none is once it was
    /// removed.
    /// </summary>
    internal virtual bool IsPresent => !_use.IsEnded;

    /// <summary>Whether something was recorded since the series ended that <see cref="MoveTo"/> can move.</summary>
    internal virtual bool HasLate => false;

    /// <summary>Whether it is in use, and its end. Only watched measurements ask for it.</summary>
    internal ref SeriesUse Use => ref _use;

    /// <summary>Its words in the memory that this worker shares with its parent; null if it has none.</summary>
    internal virtual SharedSeries? Shared => null;

    /// <summary>Records a value. Returns the slot of its exemplar, or <see cref="NoSlot"/>.</summary>
    internal abstract int Record(long value);

    /// <inheritdoc cref="Record(long)"/>
    internal abstract int Record(double value);

    /// <summary>The current time in seconds since 1970, to the millisecond.</summary>
    internal static double TimeOf(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds() / 1_000.0;

    /// <summary>
    /// Records into <paramref name="successor"/> what was recorded here since the series ended. The caller holds the family's lock.
    /// </summary>
    internal virtual void MoveTo(Series successor)
    {
    }

    /// <summary>Remembers the value: later measurements are those that differ from it.</summary>
    internal virtual void Mark()
    {
    }

    /// <summary>
    /// True if the value is the one marked, and a removal loses nothing: the next measurement makes the same series again. Never true for
    /// series that are not recorded as they happen.
    /// </summary>
    internal virtual bool IsAsMarked() => false;

    /// <summary>
    /// Decides which measurements come too late. Returns false if there was one since the mark, and <paramref name="onlyIdle"/> is set.
    /// </summary>
    internal virtual bool TryClose(bool onlyIdle)
    {
        // The mark of an idle series stays: a new one would contain, and lose, a measurement made since the comparison. A thread whose
        // measurement is missing in the mark finds the series ending after it has recorded: the barrier came between.
        if (onlyIdle)
        {
            return IsAsMarked();
        }

        Mark();
        return true;
    }
}
