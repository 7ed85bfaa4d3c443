// Owns: whether a series is in use, and how one ends while threads may be recording into it.

using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>
/// A series is in use, or idle since a sweep, or ending, or ended. A sweep and a removal change this under the family's lock; a measurement
/// only notes its use. A part of its series: never copy it.
/// </summary>
internal struct SeriesUse
{
    private const int InUse = 0;
    private const int Idle = 1;
    private const int Ending = 2;
    private const int Ended = 3;

    private int _state;
    private long _idleSince;

    /// <summary>Whether the series was removed from its family.</summary>
    internal bool IsEnded => Volatile.Read(ref _state) == Ended;

    /// <summary>
    /// Whether a sweep or a removal has to know of a measurement: then <see cref="Note"/> follows it. Never while measurements are not
    /// watched (<see cref="WatchedMeasurements"/>).
    /// </summary>
    internal bool IsWatched => Volatile.Read(ref _state) != InUse;

    /// <summary>
    /// The time of the first sweep since the last use, as a timestamp: <paramref name="now"/> if the series was used since the last sweep.
    /// The caller holds the family's lock.
    /// </summary>
    internal long IdleSince(Series series, long now)
    {
        // In this order: a measurement between the two is in the mark, and notes the use once more.
        if (Interlocked.CompareExchange(ref _state, Idle, InUse) == InUse || !series.IsAsMarked())
        {
            series.Mark();
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
            return Interlocked.CompareExchange(ref _state, Ending, Idle) == Idle;
        }

        Volatile.Write(ref _state, Ending);
        return true;
    }

    /// <summary>Removes the series. Returns false if it was used after all, and <paramref name="onlyIdle"/> is set.</summary>
    internal bool TryEnd(Series series, bool onlyIdle)
    {
        var ends = series.TryClose(onlyIdle);
        Volatile.Write(ref _state, ends ? Ended : InUse);
        return ends;
    }

    /// <summary>Notes a measurement of the series, which was idle, and moves it if the series has ended meanwhile.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void Note(Series series)
    {
        if (Interlocked.CompareExchange(ref _state, InUse, Idle) >= Ending)
        {
            series.Owner.Family.Tables.MoveLate(series);
        }
    }
}
