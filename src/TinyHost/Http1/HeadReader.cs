// Owns: turning received bytes into a request head with its framing, and what the end of the stream or of the waiting time means there.

using System.Runtime.CompilerServices;

namespace TinyHost;

internal enum HeadStatus : byte
{
    /// <summary>Valid so far; more bytes are needed.</summary>
    Incomplete,

    /// <summary>The head and its framing are valid.</summary>
    Complete,

    /// <summary>The request is refused; <see cref="HeadReader.Rejection"/> says why.</summary>
    Rejected,

    /// <summary>No further request follows, and none had begun.</summary>
    Ended,
}

internal sealed class HeadReader(ConnectionState state, ReceiveBuffer received, RequestHead head, ServerLimits limits)
{
    private RejectReason _rejection;
    private HeadStatus _final;

    /// <summary>Why the request is refused, after <see cref="HeadStatus.Rejected"/>.</summary>
    internal RejectReason Rejection => _rejection;

    /// <summary>Whether the method, as far as it has been read, is HEAD: a refusal then has no content.</summary>
    internal bool IsHead => head.Method.Of(received.Message).SequenceEqual("HEAD"u8);

    /// <summary>The framing of the request, after <see cref="HeadStatus.Complete"/>.</summary>
    internal MessageFraming Framing { get; private set; }

    /// <summary>Continues where the last call stopped.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal HeadStatus Read()
    {
        var message = received.Message;
        if (_final != HeadStatus.Incomplete || message.IsEmpty)
        {
            return _final;
        }

        var status = head.Parse(message, limits, out var length, out _rejection);
        if (status != ParseStatus.Complete)
        {
            return status == ParseStatus.Incomplete ? HeadStatus.Incomplete : HeadStatus.Rejected;
        }

        received.KeepHead(length);
        _rejection = MessageFraming.Decide(head, message, limits, out var framing);
        if (_rejection != RejectReason.None)
        {
            return HeadStatus.Rejected;
        }

        Framing = framing;
        return HeadStatus.Complete;
    }

    /// <summary>The peer has finished sending: an orderly end between requests, a fault inside one.</summary>
    internal void EndAtStreamEnd() => End(CloseReason.ClosedByPeer, RejectReason.UnexpectedEnd);

    /// <summary>The time to wait is over: an orderly end between requests, a fault inside a head.</summary>
    internal void EndAtTimeout() => End(CloseReason.IdleTimeout, RejectReason.HeaderSectionTimeout);

    /// <summary>The server stops. A partially received head is not a request in progress.</summary>
    internal void EndAtStop()
    {
        state.EndReading(CloseReason.ServerStopped);
        _final = HeadStatus.Ended;
    }

    private void End(CloseReason between, RejectReason inside)
    {
        // RFC 9112 §2.2: a trailing empty line is not a request.
        if (received.Message.Length == head.LineStart)
        {
            state.EndReading(between);
            _final = HeadStatus.Ended;
        }
        else
        {
            _rejection = inside;
            _final = HeadStatus.Rejected;
        }
    }
}
