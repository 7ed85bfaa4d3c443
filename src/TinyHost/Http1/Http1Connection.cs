// Owns: the protocol objects of one connection, and reading the head of its next request.

using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>Made once for each connection. While it is idle it holds no buffer: <see cref="RequestBuffers"/> are borrowed.</summary>
internal sealed class Http1Connection
{
    private readonly RequestBufferPool _pool;
    private RequestBuffers? _buffers;
    private ContentReader? _content;
    private RejectReason _rejection;
    private AllocationCount _allocations;

    internal Http1Connection(Transport transport, Heartbeat clock, ServerLimits limits, RequestBufferPool pool)
    {
        _pool = pool;
        Limits = limits;
        Transport = transport;
        Date = clock.Date;
        Deadline = new Deadline(clock, limits);
        Send = new SendBuffer(transport, Deadline);
        Writer = new ResponseWriter(this);
    }

    internal ServerLimits Limits { get; }

    internal ConnectionState State { get; } = new();

    internal Transport Transport { get; }

    internal Deadline Deadline { get; }

    internal DateField Date { get; }

    /// <summary>Borrowed when first needed. For the connection, and for handlers that have the right to read or write.</summary>
    internal RequestBuffers Buffers => _buffers ?? Borrow();

    /// <summary>The buffers, for a handler without a right; null while the connection is idle.</summary>
    internal RequestBuffers? PresentBuffers => _buffers;

    internal ReceiveBuffer Received => Buffers.Received;

    /// <summary>The number of bytes received and not yet consumed.</summary>
    internal int UnreadCount => _buffers?.Received.UnreadCount ?? 0;

    internal SendBuffer Send { get; }

    /// <summary>The head of the current request.</summary>
    internal RequestHead Head => Buffers.Head;

    /// <summary>Whether the requests of this connection come over TLS. Set before the first buffers are borrowed.</summary>
    internal bool IsSecure { get; set; }

    /// <summary>The framing of the current request.</summary>
    internal MessageFraming Framing { get; private set; }

    /// <summary>Why the current request was refused, at its head or in its content.</summary>
    internal RejectReason Rejection { get => _rejection; set => _rejection = value; }

    /// <summary>Whether 100 (Continue) has been sent for the current request.</summary>
    internal bool HasContinued { get; set; }

    /// <summary>Reads the content of the current request. Made when first needed: most connections never bring any.</summary>
    internal ContentReader ContentReader => _content ??= new ContentReader(this, _pool.Octets);

    /// <summary>The number of octets of content read from the current request.</summary>
    internal long ContentRead => _content?.Taken ?? 0;

    /// <summary>Writes the response to the current request.</summary>
    internal ResponseWriter Writer { get; }

    /// <summary>Whether the method, as far as it has been read, is HEAD.</summary>
    internal bool IsHeadMethod => Head.Method.Of(Received.Message).SequenceEqual("HEAD"u8);

    /// <summary>Whether another request can follow the current one: its content has been read, or may be read and dropped.</summary>
    internal bool CanDrain => State.Reading == Reading.Drained || (State.Reading == Reading.Content && ContentReader.CanDrain);

    /// <summary>Whether the handler has not read the content, and may not: its declared length is over the limit.</summary>
    internal bool IsUnreadTooLarge => State.Reading == Reading.Content && ContentReader.IsTooLarge;

    /// <summary>
    /// Whether the whole head of another request has been received behind the current one; true until <see cref="BeginRequest"/> for a
    /// request with content, behind which there may be one.
    /// </summary>
    internal bool HasNextRequest
    {
        get
        {
            // Where chunked content ends is not known.
            var left = State.Reading == Reading.Content ? ContentReader.LengthLeft : 0;
            return (State.Reading == Reading.Head && Framing.Body != BodyKind.None)
                || (left < Received.UnreadCount && Received.Unread[(int)left..].IndexOf("\r\n\r\n"u8) >= 0);
        }
    }

    internal ref AllocationCount Allocations => ref _allocations;

    /// <summary>Continues to read the request's head where the last call stopped.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal HeadStatus ReadHead()
    {
        var message = _buffers is null ? default : _buffers.Received.Message;
        var status = ParseStatus.Incomplete;
        if (!message.IsEmpty && _rejection == RejectReason.None && State.Reading != Reading.Ended)
        {
            status = Head.Parse(message, Limits, out var length, out _rejection);
            if (status == ParseStatus.Complete)
            {
                Received.KeepHead(length);
                _rejection = MessageFraming.Decide(Head, message, out var framing);
                Framing = framing;
            }
        }

        return State.Reading == Reading.Ended ? HeadStatus.Ended
            : _rejection != RejectReason.None ? HeadStatus.Rejected
            : status == ParseStatus.Complete ? HeadStatus.Complete
            : HeadStatus.Incomplete;
    }

    /// <summary>The peer has finished sending: an orderly end between requests, an error inside one.</summary>
    internal void EndAtStreamEnd() => EndHead(CloseReason.ClosedByPeer, RejectReason.UnexpectedEnd);

    /// <summary>The deadline has expired: an orderly end between requests, an error inside a head.</summary>
    internal void EndAtTimeout() => EndHead(CloseReason.IdleTimeout, RejectReason.HeaderSectionTimeout);

    /// <summary>The server stops. A partially received head is not a request in progress.</summary>
    internal void EndAtStop() => State.EndReading(CloseReason.ServerStopped);

    /// <summary>The head is complete: its content can be read and its response written.</summary>
    internal void BeginRequest(bool isLast)
    {
        var hasContent = Framing.Body != BodyKind.None;
        State.BeginRequest(hasContent, Framing.Persistent && !isLast);
        if (hasContent)
        {
            ContentReader.Begin();
        }

        Writer.Begin(IsHeadMethod, isConnect: Head.Form == TargetForm.Authority, isHttp10: Head.MinorVersion == 0);
    }

    /// <summary>The bytes that follow are another request's.</summary>
    internal void NextRequest()
    {
        State.NextRequest();
        _content?.Clear();
        Received.NextMessage();
        Head.Clear();
        HasContinued = false;
    }

    /// <summary>Returns all buffers, and forgets the texts of the last response.</summary>
    internal void Release()
    {
        Writer.Release();
        _content?.Release();
        if (_buffers is { } buffers)
        {
            _buffers = null;
            Send.TakeBack();
            buffers.Clear();
            _pool.GiveBack(buffers);
        }
    }

    private RequestBuffers Borrow()
    {
        _buffers = _pool.Borrow();
        _buffers.Head.IsSecure = IsSecure;
        Send.Lend(_buffers.Output);
        return _buffers;
    }

    private void EndHead(CloseReason between, RejectReason inside)
    {
        // RFC 9112 §2.2: a trailing empty line is not a request.
        if (Received.Message.Length == Head.LineStart)
        {
            State.EndReading(between);
        }
        else
        {
            _rejection = inside;
        }
    }
}
