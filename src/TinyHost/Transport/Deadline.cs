// Owns: the one deadline of a connection: what it is waiting for now, and until when.
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
/// Set by whoever waits, read by the heartbeat. Receiving and sending have a deadline each: while a handler waits for content, the
/// connection may be sending what earlier handlers left. Times are milliseconds of <see cref="Heartbeat.Now"/>; one tick is added to every
/// deadline because that clock may be a second behind.
/// </summary>
internal sealed class Deadline(Heartbeat clock, ServerLimits limits)
{
    private const long Tick = 1_000;

    private long _receiveBy = long.MaxValue;
    private long _sendBy = long.MaxValue;
    private long _since;
    private long _contentBudget;
    private byte _receiving;
    private byte _expired;

    /// <summary>What the connection is waiting to receive.</summary>
    internal Waiting Receiving => (Waiting)Volatile.Read(ref _receiving);

    /// <summary>What the connection was waiting for when its time was over last; <see cref="Waiting.None"/> while it is not.</summary>
    internal Waiting Expired => (Waiting)Volatile.Read(ref _expired);

    /// <summary>For the heartbeat: what is being waited for too long, once for each wait; <see cref="Waiting.None"/> for nothing.</summary>
    internal Waiting TryExpire(long now)
    {
        var expired = TryExpire(ref _sendBy, now) ? Waiting.Send
            : TryExpire(ref _receiveBy, now) ? Receiving
            : Waiting.None;
        if (expired != Waiting.None)
        {
            Volatile.Write(ref _expired, (byte)expired);
        }

        return expired;
    }

    internal void EndReceive() => BeginReceive(Waiting.None, long.MaxValue);

    internal void EndSend() => Volatile.Write(ref _sendBy, long.MaxValue);

    internal void BeginIdle() => BeginReceive(Waiting.Idle, After(limits.IdleTimeout));

    internal void BeginHeaderSection() => BeginReceive(Waiting.HeaderSection, After(limits.HeaderSectionTimeout));

    internal void BeginLinger() => BeginReceive(Waiting.Linger, After(limits.LingerTimeout));

    /// <summary>A new message: the grace before a rate is demanded starts afresh.</summary>
    internal void ResetContent() => _contentBudget = Milliseconds(limits.MinDataRateGrace);

    /// <summary>Waiting for content. The time left is the grace plus what the octets so far have earned at the least rate.</summary>
    internal void BeginContent()
    {
        _since = clock.Now;
        BeginReceive(Waiting.Content, limits.MinDataRate == 0 ? long.MaxValue : _since + _contentBudget + Tick);
    }

    internal void EndContent(int received)
    {
        if (limits.MinDataRate > 0)
        {
            var earned = received * 1_000L / limits.MinDataRate;
            // However fast it was before, a peer may not fall silent for longer than an idle one.
            _contentBudget = Math.Min(_contentBudget - (clock.Now - _since) + earned, Milliseconds(limits.IdleTimeout));
        }

        EndReceive();
    }

    /// <summary>Sending <paramref name="count"/> octets, which may take the grace plus their time at the least rate.</summary>
    internal void BeginSend(int count) =>
        Volatile.Write(
            ref _sendBy,
            limits.MinDataRate == 0
                ? long.MaxValue
                : clock.Now + Math.Min(
                    Milliseconds(limits.MinDataRateGrace) + (count * 1_000L / limits.MinDataRate), Milliseconds(limits.IdleTimeout)) + Tick);

    private void BeginReceive(Waiting waiting, long by)
    {
        Volatile.Write(ref _receiveBy, long.MaxValue);
        Volatile.Write(ref _receiving, (byte)waiting);
        Volatile.Write(ref _receiveBy, by);
    }

    // A wait that ended or began anew meanwhile keeps its own deadline.
    private static bool TryExpire(ref long by, long now)
    {
        var seen = Volatile.Read(ref by);
        return now >= seen && Interlocked.CompareExchange(ref by, long.MaxValue, seen) == seen;
    }

    private long After(TimeSpan span) => clock.Now + Milliseconds(span) + Tick;

    private static long Milliseconds(TimeSpan span) => (long)span.TotalMilliseconds;
}
