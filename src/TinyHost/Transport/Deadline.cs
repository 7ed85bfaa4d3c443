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
/// Set by the connection's own loop, read by the heartbeat. Times are milliseconds of <see cref="Heartbeat.Now"/>; one tick is added
/// to every deadline because that clock may be a second behind.
/// </summary>
internal sealed class Deadline(Heartbeat clock, ServerLimits limits)
{
    private const long Tick = 1_000;

    private long _expires = long.MaxValue;
    private long _since;
    private long _contentBudget;
    private byte _waiting;
    private byte _expired;

    /// <summary>What the connection is waiting for.</summary>
    internal Waiting Waiting => (Waiting)_waiting;

    /// <summary>What the connection was waiting for when its time was over last; <see cref="Waiting.None"/> while it is not.</summary>
    internal Waiting Expired => (Waiting)Volatile.Read(ref _expired);

    /// <summary>For the heartbeat: true when the time is over, once for each kind of wait: the answer to a peer that was too slow must not wait for ever.</summary>
    internal bool TryExpire(long now)
    {
        var waiting = Volatile.Read(ref _waiting);
        if (now < Volatile.Read(ref _expires) || Expired == (Waiting)waiting)
        {
            return false;
        }

        Volatile.Write(ref _expired, waiting);
        return true;
    }

    internal void Clear() => Set(Waiting.None, long.MaxValue);

    internal void BeginIdle() => Set(Waiting.Idle, After(limits.IdleTimeout));

    internal void BeginHeaderSection() => Set(Waiting.HeaderSection, After(limits.HeaderSectionTimeout));

    internal void BeginLinger() => Set(Waiting.Linger, After(limits.LingerTimeout));

    /// <summary>A new message: the grace before a rate is demanded starts afresh.</summary>
    internal void ResetContent() => _contentBudget = Milliseconds(limits.MinDataRateGrace);

    /// <summary>Waiting for content. The time left is the grace plus what the octets so far have earned at the least rate.</summary>
    internal void BeginContent()
    {
        _since = clock.Now;
        Set(Waiting.Content, limits.MinDataRate == 0 ? long.MaxValue : _since + _contentBudget + Tick);
    }

    internal void EndContent(int received)
    {
        if (limits.MinDataRate > 0)
        {
            var earned = received * 1_000L / limits.MinDataRate;
            // However fast it was before, a peer may not fall silent for longer than an idle one.
            _contentBudget = Math.Min(_contentBudget - (clock.Now - _since) + earned, Milliseconds(limits.IdleTimeout));
        }

        Clear();
    }

    /// <summary>Sending <paramref name="count"/> octets, which may take the grace plus their time at the least rate.</summary>
    internal void BeginSend(int count) =>
        Set(
            Waiting.Send,
            limits.MinDataRate == 0
                ? long.MaxValue
                : clock.Now + Math.Min(
                    Milliseconds(limits.MinDataRateGrace) + (count * 1_000L / limits.MinDataRate), Milliseconds(limits.IdleTimeout)) + Tick);

    private void Set(Waiting waiting, long expires)
    {
        Volatile.Write(ref _expires, long.MaxValue);
        Volatile.Write(ref _waiting, (byte)waiting);
        Volatile.Write(ref _expires, expires);
    }

    private long After(TimeSpan span) => clock.Now + Milliseconds(span) + Tick;

    private static long Milliseconds(TimeSpan span) => (long)span.TotalMilliseconds;
}
