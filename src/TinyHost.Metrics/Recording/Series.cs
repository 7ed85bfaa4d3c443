// Owns: what all series have in common, and how one ends while threads may be recording into it.

using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>One series of a family. Recording into it is safe from any thread, allocates nothing and does not throw.</summary>
internal abstract class Series(LabelSet labels, ExemplarSlots? exemplars = null)
{
    /// <summary>No slot: the measurement makes no exemplar.</summary>
    internal const int NoSlot = -1;

    private const int InUse = 0;
    private const int Idle = 1;
    private const int Ending = 2;
    private const int Ended = 3;

    private double _created = double.NaN;
    private long _idleSince;
    private int _use;

    internal LabelSet Labels { get; } = labels;

    /// <summary>One exemplar per bucket, or one: the last measurement made within a trace. Null if exemplars are off.</summary>
    internal ExemplarSlots? Exemplars { get; } = exemplars;

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
    internal virtual bool IsPresent => !IsEnded;

    /// <summary>Whether something was recorded since the series ended that <see cref="MoveTo"/> can move.</summary>
    internal virtual bool HasLate => false;

    /// <summary>Whether the series was removed from its family.</summary>
    internal bool IsEnded => Volatile.Read(ref _use) == Ended;

    /// <summary>
    /// Whether a sweep or a removal has to know of a measurement: then <see cref="NoteUse"/> follows it. Never while <see
    /// cref="MeasurementWatch"/> is off.
    /// </summary>
    internal bool IsWatched => Volatile.Read(ref _use) != InUse;

    /// <summary>Records a value. Returns the slot of its exemplar, or <see cref="NoSlot"/>.</summary>
    internal abstract int Record(long value);

    /// <inheritdoc cref="Record(long)"/>
    internal abstract int Record(double value);

    /// <summary>The current time in seconds since 1970, to the millisecond.</summary>
    internal static double TimeOf(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds() / 1_000.0;

    /// <summary>
    /// The time of the first sweep since the last use, as a timestamp: <paramref name="now"/> if the series was used since the last sweep.
    /// The caller holds the family's lock.
    /// </summary>
    internal long IdleSince(long now)
    {
        // In this order: a measurement between the two is in the mark, and notes the use once more.
        if (Interlocked.CompareExchange(ref _use, Idle, InUse) == InUse || !IsAsMarked())
        {
            Mark();
            _idleSince = now;
        }

        return _idleSince;
    }

    /// <summary>
    /// Begins to remove the series. Returns false if it was just used, and <paramref name="onlyIdle"/> is set. The caller holds the
    /// family's lock, then calls <see cref="Interlocked.MemoryBarrierProcessWide"/>, then <see cref="TryEnd"/>.
    /// </summary>
    internal bool TryBeginEnd(bool onlyIdle)
    {
        if (onlyIdle)
        {
            return Interlocked.CompareExchange(ref _use, Ending, Idle) == Idle;
        }

        Volatile.Write(ref _use, Ending);
        return true;
    }

    /// <summary>Removes the series. Returns false if it was used after all, and <paramref name="onlyIdle"/> is set.</summary>
    internal bool TryEnd(bool onlyIdle)
    {
        var ends = TryClose(onlyIdle);
        Volatile.Write(ref _use, ends ? Ended : InUse);
        return ends;
    }

    /// <summary>
    /// Records into <paramref name="successor"/> what was recorded here since the series ended. The caller holds the family's lock.
    /// </summary>
    internal virtual void MoveTo(Series successor)
    {
    }

    /// <summary>Notes a measurement of a series that was idle, and moves it if the series has ended meanwhile.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void NoteUse()
    {
        if (Interlocked.CompareExchange(ref _use, InUse, Idle) >= Ending)
        {
            Owner.Family.MoveLate(this);
        }
    }

    /// <summary>Remembers the value: later measurements are those that differ from it.</summary>
    private protected virtual void Mark()
    {
    }

    /// <summary>
    /// True if the value is the one marked, and a removal loses nothing: the next measurement makes the same series again. Never true for
    /// series that are not recorded as they happen.
    /// </summary>
    private protected virtual bool IsAsMarked() => false;

    /// <summary>
    /// Decides which measurements come too late. Returns false if there was one since the mark, and <paramref name="onlyIdle"/> is set.
    /// </summary>
    private protected virtual bool TryClose(bool onlyIdle)
    {
        if (onlyIdle && !IsAsMarked())
        {
            return false;
        }

        // A thread whose measurement is missing here finds the series ending after it has recorded: the barrier came between.
        Mark();
        return true;
    }
}
