// Owns: how long a task on the thread pool works before it lets other work go first.

namespace TinyHost.Metrics;

/// <summary>
/// The bursts of one task. After each the task goes to the end of the thread pool's queue. A burst lasts a minimum, or a tenth of the time
/// the task has waited between bursts so far: the longer the queue, the fewer times the task waits in it, so that a backlog delays it by
/// little more than its own work takes. A mutable struct: never copy it.
/// </summary>
internal struct Bursts(TimeProvider clock, TimeSpan minimum)
{
    private const int WaitedPerWorked = 10;

    private readonly long _minimum = (long)(minimum.TotalSeconds * clock.TimestampFrequency);
    private long _waited;
    private long _endsAt = long.MaxValue;
    private long _pausedAt = clock.GetTimestamp();

    /// <summary>Whether the burst has lasted long enough.</summary>
    internal readonly bool IsOver => clock.GetTimestamp() >= _endsAt;

    /// <summary>Ends a burst. The task goes to the end of the queue, or pauses.</summary>
    internal void End() => _pausedAt = clock.GetTimestamp();

    /// <summary>Starts a burst after a wait in the queue, or the first one.</summary>
    internal void Begin()
    {
        var now = clock.GetTimestamp();
        _waited += now - _pausedAt;
        _endsAt = now + Math.Max(_minimum, _waited / WaitedPerWorked);
    }

    /// <summary>
    /// Starts a burst after a pause on purpose: the shortest, unless the pause took longer than <paramref name="intended"/>. Returns
    /// whether it did.
    /// </summary>
    internal bool BeginAfterPause(TimeSpan intended)
    {
        var now = clock.GetTimestamp();
        if (clock.GetElapsedTime(_pausedAt, now) > intended)
        {
            Begin();
            return true;
        }

        _endsAt = now + _minimum;
        return false;
    }
}
