// Owns: making a request of what has been received: its head parsed, its framing decided, and what the end of the stream means there.
// Does not own: receiving, or the grammar (RequestHead, MessageFraming).

using System.Runtime.CompilerServices;

namespace TinyHost;

internal sealed class HeadReader(ConnectionState state, ReceiveBuffer received, RequestHead head, ServerLimits limits)
{
    private RejectReason _rejection;

    /// <summary>Why the request is refused, after <see cref="ParseStatus.Rejected"/>.</summary>
    internal RejectReason Rejection => _rejection;

    /// <summary>Whether the method, as far as it has been read, is HEAD: a refusal then has no content.</summary>
    internal bool IsHead => head.Method.Of(received.Message).SequenceEqual("HEAD"u8);

    /// <summary>The framing of the request, after <see cref="ParseStatus.Complete"/>.</summary>
    internal MessageFraming Framing { get; private set; }

    /// <summary>Reads on where the last call stopped.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal ParseStatus Read()
    {
        var message = received.Message;
        if (message.IsEmpty)
        {
            return ParseStatus.Incomplete;
        }

        var status = head.Parse(message, limits, out var length, out _rejection);
        if (status != ParseStatus.Complete)
        {
            return status;
        }

        received.KeepHead(length);
        _rejection = MessageFraming.Decide(head, message, limits, out var framing);
        if (_rejection != RejectReason.None)
        {
            return ParseStatus.Rejected;
        }

        Framing = framing;
        return ParseStatus.Complete;
    }

    /// <summary>The peer has finished sending: between requests that is an end, inside one it is a fault.</summary>
    internal ParseStatus EndOfStream() => End(CloseReason.ClosedByPeer, RejectReason.UnexpectedEnd);

    /// <summary>The time to wait is over: for a request that has not begun that is an end, for the rest of its head a fault.</summary>
    internal ParseStatus TimeIsOver() => End(CloseReason.IdleTimeout, RejectReason.HeaderSectionTimeout);

    /// <summary>The server stops. A partially received head is not a request in progress.</summary>
    internal ParseStatus Stopped()
    {
        state.EndReading(CloseReason.ServerStopped);
        return ParseStatus.Incomplete;
    }

    private ParseStatus End(CloseReason between, RejectReason inside)
    {
        // RFC 9112 §2.2: a trailing empty line is not a request.
        if (received.Message.Length == head.LineStart)
        {
            state.EndReading(between);
            return ParseStatus.Incomplete;
        }

        _rejection = inside;
        return ParseStatus.Rejected;
    }
}
