// Owns: until when a connection waits.

namespace TinyHost;

/// <summary>
/// Set by the connection, checked by the heartbeat. Receiving and sending have a deadline each: while a handler waits for content, the
/// connection may be sending earlier responses. Times are milliseconds of <see cref="Heartbeat.Now"/>. That clock may be one tick behind,
/// so one tick is added to every deadline.
/// </summary>
internal sealed class Deadline(Heartbeat clock, ServerLimits limits)
{
    private const long Tick = 1_000;

    // The longest pause of an upload, however fast it was before. As long as the default idle timeout; not a setting.
    private const long LongestPause = 130_000;

    // One word holds the receive deadline, so that the heartbeat cannot take the expiry of one wait for that of the next: the time, then
    // whether it has expired, then the kind of wait.
    private const int TimeShift = 8;
    private const long Expired = 0x80;
    private const long KindMask = 0x7F;
    private const long Never = (long.MaxValue >> TimeShift) << TimeShift;

    private long _receive = Never;
    private long _sendBy = long.MaxValue;
    private long _contentWaitStart;
    private long _contentBudget;
    // Null before the first content.
    private ServerLimits? _contentLimits;
    // How late the heartbeat found the receive deadline expired.
    private long _overdue;

    /// <summary>What the connection is waiting to receive.</summary>
    internal Waiting Receiving => (Waiting)(Volatile.Read(ref _receive) & KindMask);

    /// <summary>True once the current receive deadline has expired.</summary>
    internal bool IsReceiveOver => (Volatile.Read(ref _receive) & Expired) != 0;

    private ServerLimits ContentLimits => _contentLimits ?? limits;

    /// <summary>For the heartbeat: the wait whose deadline has expired, once for each wait, or <see cref="Waiting.None"/>.</summary>
    internal Waiting TryExpire(long now)
    {
        var sendBy = Volatile.Read(ref _sendBy);
        if (now >= sendBy && Interlocked.CompareExchange(ref _sendBy, long.MaxValue, sendBy) == sendBy)
        {
            return Waiting.Send;
        }

        var receive = Volatile.Read(ref _receive);
        var kind = receive & KindMask;
        var overdue = now - (receive >> TimeShift);
        if (overdue < 0)
        {
            return Waiting.None;
        }

        Volatile.Write(ref _overdue, overdue);
        // Fails if another wait began meanwhile.
        return Interlocked.CompareExchange(ref _receive, Never | Expired | kind, receive) == receive ? (Waiting)kind : Waiting.None;
    }

    internal void EndReceive() => Volatile.Write(ref _receive, Never);

    internal void EndSend() => Volatile.Write(ref _sendBy, long.MaxValue);

    internal void BeginOpening() => BeginReceive(Waiting.Opening, limits.OpeningTimeout);

    internal void BeginIdle() => BeginReceive(Waiting.Idle, limits.IdleTimeout);

    internal void BeginHeaderSection() => BeginReceive(Waiting.HeaderSection, limits.HeaderSectionTimeout);

    internal void BeginLinger() => BeginReceive(Waiting.Linger, limits.LingerTimeout);

    /// <summary>Starts the content of a new message, with the whole grace period.</summary>
    internal void ResetContent() => LimitContent(limits);

    /// <summary>Replaces the limits on the content of the current message. Nothing has been received yet.</summary>
    internal void LimitContent(ServerLimits own)
    {
        _contentLimits = own;
        _contentBudget = Milliseconds(own.MinDataRateGrace);
    }

    /// <summary>
    /// Starts waiting for content. The time left is the grace period plus what the received bytes have earned at the minimum rate. False if
    /// no time is left: then only bytes that have arrived already are in time.
    /// </summary>
    internal bool BeginContent()
    {
        _contentWaitStart = clock.Now;
        Volatile.Write(ref _overdue, 0);
        var by = _contentWaitStart + _contentBudget + Tick;
        var isUnlimited = ContentLimits.MinDataRate == 0;
        var isInTime = isUnlimited || by > _contentWaitStart;
        var time = isUnlimited ? Never : isInTime ? by << TimeShift : Never | Expired;
        Volatile.Write(ref _receive, time | (long)Waiting.Content);
        return isInTime;
    }

    /// <summary>Ends the wait for content, with the number of bytes received.</summary>
    internal void EndContent(int received)
    {
        if (ContentLimits.MinDataRate > 0)
        {
            var left = _contentBudget - (clock.Now - _contentWaitStart);
            if (IsReceiveOver && Volatile.Read(ref _overdue) > 2 * Tick)
            {
                // The process or the machine was suspended: the peer could not have sent faster.
                left = Math.Max(left, 0);
            }

            _contentBudget = Math.Min(left + Earned(received, ContentLimits), LongestPause);
        }

        EndReceive();
    }

    /// <summary>
    /// Starts sending <paramref name="count"/> bytes, which may take the grace period plus their time at the minimum rate.
    /// </summary>
    internal void BeginSend(int count) =>
        Volatile.Write(
            ref _sendBy,
            limits.MinDataRate == 0 ? long.MaxValue : clock.Now + Milliseconds(limits.MinDataRateGrace) + Earned(count, limits) + Tick);

    /// <summary>The bytes that a peer reading at the minimum rate takes during an idle or linger timeout; at least one.</summary>
    internal long MinDelivered(Waiting waiting) =>
        Math.Max(limits.MinDataRate * Milliseconds(waiting == Waiting.Idle ? limits.IdleTimeout : limits.LingerTimeout) / 1_000, 1);

    private void BeginReceive(Waiting waiting, TimeSpan timeout) =>
        Volatile.Write(ref _receive, ((clock.Now + Milliseconds(timeout) + Tick) << TimeShift) | (long)waiting);

    private static long Earned(int bytes, ServerLimits limits) => bytes * 1_000L / limits.MinDataRate;

    private static long Milliseconds(TimeSpan span) => (long)Math.Min(span.TotalMilliseconds, int.MaxValue * 1_000L);
}
