// Owns: making a request of what has been received: its head parsed, its framing judged, and what the end of the stream means there.
// Does not own: receiving, or the grammar (RequestHeadParser, MessageFraming).

using System.Runtime.CompilerServices;

namespace TinyHost;

internal sealed class HeadReader(ReceiveBuffer received, Deadline deadline, ServerLimits limits, Request request, ContentReader content)
{
    private int _examined;
    private RejectReason _rejection;

    /// <summary>Why the request is refused, after <see cref="ParseStatus.Rejected"/>.</summary>
    internal RejectReason Rejection => _rejection;

    /// <summary>True once the peer has finished sending between two requests.</summary>
    internal bool IsAtEnd { get; private set; }

    /// <summary>Reads on where the last call stopped. On <see cref="ParseStatus.Complete"/> the request and its content are ready.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal ParseStatus Read()
    {
        var message = received.Message;
        if (message.IsEmpty)
        {
            return ParseStatus.Incomplete;
        }

        var status = RequestHeadParser.Parse(message, _examined, limits, request.Head, out var length, out _rejection);
        _examined = message.Length;
        if (status != ParseStatus.Complete)
        {
            return status;
        }

        received.KeepHead(length);
        _rejection = MessageFraming.Decide(request.Head, message, limits, out var framing);
        if (_rejection != RejectReason.None)
        {
            return ParseStatus.Rejected;
        }

        request.Begin(framing);
        content.Begin(framing);
        return ParseStatus.Complete;
    }

    /// <summary>The peer has finished sending, or was told to: between requests that is an end, inside one it is a fault.</summary>
    internal ParseStatus EndOfStream()
    {
        // RFC 9112 §2.2: an empty line that no request follows is none either.
        if (received.Message.Length == request.Head.LineStart)
        {
            IsAtEnd = true;
            return ParseStatus.Incomplete;
        }

        _rejection = deadline.Expired == Waiting.HeaderSection ? RejectReason.HeaderSectionTimeout : RejectReason.UnexpectedEnd;
        return ParseStatus.Rejected;
    }

    /// <summary>The next octets begin another message.</summary>
    internal void Clear() => _examined = 0;
}
