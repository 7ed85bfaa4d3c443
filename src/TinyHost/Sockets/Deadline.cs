// Owns: the deadlines of a connection: what it is waiting for now, and until when.
// Does not own: the clock (Heartbeat) or what happens on expiry (Connection).

namespace TinyHost;

internal enum Waiting : byte
{
    /// <summary>For nothing that has a deadline: a handler is at work.</summary>
    None,

    /// <summary>For the next request.</summary>
    Idle,

    /// <summary>For the rest of a header section.</summary>
    HeaderSection,

    /// <summary>For content the handler asked for.</summary>
    Content,

    /// <summary>For the peer to take what is sent.</summary>
    Send,

    /// <summary>For the peer to close after the last response.</summary>
    Linger,
}

/// <summary>
/// Set by the connection, read by the heartbeat. Receiving and sending have a deadline each: while a handler waits for content, the
/// connection may be sending what earlier handlers left. Times are milliseconds of <see cref="Heartbeat.Now"/>; one tick is added to every
/// deadline because that clock may be a second behind.
/// </summary>
internal sealed class Deadline(Heartbeat clock, ServerLimits limits)
{
    private const long Tick = 1_000;

    // The longest pause of an upload, however fast it was before. As long as the default idle timeout, and not a setting.
    private const long LongestPause = 130_000;

    // A receive deadline is one word, so that the heartbeat never takes one wait's expiry for another's: the time above, then whether it is
    // over, then what for.
    private const int TimeShift = 8;
    private const long Over = 0x80;
    private const long KindMask = 0x7F;
    private const long Never = (long.MaxValue >> TimeShift) << TimeShift;

    private long _receive = Never;
    private long _sendBy = long.MaxValue;
    private long _since;
    private long _contentBudget;
    // How late the heartbeat found the last receive deadline to be over.
    private long _overdue;

    /// <summary>What the connection is waiting to receive.</summary>
    internal Waiting Receiving => (Waiting)(Volatile.Read(ref _receive) & KindMask);

    /// <summary>True when the time to receive what is being waited for is over.</summary>
    internal bool IsReceiveOver => (Volatile.Read(ref _receive) & Over) != 0;

    /// <summary>For the heartbeat: what is being waited for too long, once for each wait; <see cref="Waiting.None"/> for nothing.</summary>
    internal Waiting TryExpire(long now)
    {
        var sendBy = Volatile.Read(ref _sendBy);
        if (now >= sendBy && Interlocked.CompareExchange(ref _sendBy, long.MaxValue, sendBy) == sendBy)
        {
            return Waiting.Send;
        }

        // A wait that ended or began anew meanwhile keeps its own deadline.
        var receive = Volatile.Read(ref _receive);
        var kind = receive & KindMask;
        var overdue = now - (receive >> TimeShift);
        if (overdue < 0)
        {
            return Waiting.None;
        }

        Volatile.Write(ref _overdue, overdue);
        return Interlocked.CompareExchange(ref _receive, Never | Over | kind, receive) == receive
            ? (Waiting)kind
            : Waiting.None;
    }

    internal void EndReceive() => Volatile.Write(ref _receive, Never);

    internal void EndSend() => Volatile.Write(ref _sendBy, long.MaxValue);

    internal void BeginIdle() => BeginReceive(Waiting.Idle, After(limits.IdleTimeout));

    internal void BeginHeaderSection() => BeginReceive(Waiting.HeaderSection, After(limits.HeaderSectionTimeout));

    internal void BeginLinger() => BeginReceive(Waiting.Linger, After(limits.LingerTimeout));

    /// <summary>A new message: the grace before a rate is demanded starts afresh.</summary>
    internal void ResetContent() => _contentBudget = Milliseconds(limits.MinDataRateGrace);

    /// <summary>
    /// Waiting for content. The time left is the grace plus what the octets so far have earned at the least rate. False when none is left: only
    /// what has arrived already is in time.
    /// </summary>
    internal bool BeginContent()
    {
        _since = clock.Now;
        var isInTime = limits.MinDataRate == 0 || _contentBudget + Tick > 0;
        var content = (long)Waiting.Content;
        Volatile.Write(ref _overdue, 0);
        Volatile.Write(
            ref _receive,
            !isInTime ? Never | Over | content
            : limits.MinDataRate == 0 ? Never | content
            : ((_since + _contentBudget + Tick) << TimeShift) | content);
        return isInTime;
    }

    /// <summary>Content has come, or the wait for it has ended without.</summary>
    internal void EndContent(int received)
    {
        if (limits.MinDataRate > 0)
        {
            var left = _contentBudget - (clock.Now - _since);
            if (IsReceiveOver && Volatile.Read(ref _overdue) > 2 * Tick)
            {
                // The process was stopped, or the machine suspended: the peer could not have sent any faster.
                left = Math.Max(left, 0);
            }

            _contentBudget = Math.Min(left + Earned(received), LongestPause);
        }

        EndReceive();
    }

    /// <summary>Sending <paramref name="count"/> octets, which may take the grace plus their time at the least rate.</summary>
    internal void BeginSend(int count) =>
        Volatile.Write(
            ref _sendBy,
            limits.MinDataRate == 0
                ? long.MaxValue
                : clock.Now + Milliseconds(limits.MinDataRateGrace) + Earned(count) + Tick);

    /// <summary>The octets that a peer takes in a wait of this kind when it reads at the least rate; at least one.</summary>
    internal long LeastIn(Waiting waiting) =>
        Math.Max(limits.MinDataRate * Milliseconds(waiting == Waiting.Idle ? limits.IdleTimeout : limits.LingerTimeout) / 1_000, 1);

    private void BeginReceive(Waiting waiting, long by) => Volatile.Write(ref _receive, (by << TimeShift) | (long)waiting);

    private long After(TimeSpan span) => clock.Now + Milliseconds(span) + Tick;

    private long Earned(int octets) => octets * 1_000L / limits.MinDataRate;

    private static long Milliseconds(TimeSpan span) => (long)Math.Min(span.TotalMilliseconds, int.MaxValue * 1_000L);
}
