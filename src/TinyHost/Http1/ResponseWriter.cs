// Owns: framing a response and getting its octets into the send buffer in time, RFC 9112 §6 and §7, RFC 9110 §6.4.1.
// Does not own: who may write and when (Response for a handler, Connection), how a line is written (ResponseHead), or the sending (SendBuffer).

using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace TinyHost;

/// <summary>
/// One response after the other on a connection. Content is held back until a flush, so that its length can be declared. The caller has the
/// right to write (<see cref="ConnectionState.EnterWrite"/>) or is the connection.
/// </summary>
internal sealed class ResponseWriter(
    ConnectionState state, SendBuffer send, DateField date, ServerLimits limits, ContentReader request, ArrayPool<byte> pool)
{
    // Larger content is sent from where it lies instead of being copied.
    private const int CopyAtMost = 8_192;

    private readonly PooledBuffer _content = new(pool, initialSize: 1_024);
    private ResponseFields? _trailers;
    private InvalidOperationException? _fault;
    // Once the response has started.
    private ResponseFraming _framing;
    private bool _isHead;
    private bool _isConnect;
    private bool _http10;

    internal ResponseFields Fields { get; private set; } = new(state);

    /// <summary>Made when a handler asks for it: few responses have trailers.</summary>
    internal ResponseFields Trailers => _trailers ??= new ResponseFields(state);

    internal int StatusCode { get; set; } = 200;

    internal long? ContentLength { get; set; }

    internal long BytesWritten { get; private set; }

    /// <summary>
    /// RFC 9110 §6.4.1, §15.3.6, §9.3.6: responses with these status codes have no content, whatever their fields say; behind a 2xx to CONNECT
    /// would come a tunnel.
    /// </summary>
    private bool HasContent => StatusCode is not (204 or 205 or 304) && !(_isConnect && StatusCode < 300);

    internal void Begin(bool isHead, bool isConnect, bool http10)
    {
        Clear();
        _isHead = isHead;
        _isConnect = isConnect;
        _http10 = http10;
    }

    /// <summary>The next response has fields of its own: what still holds those of the last one changes nothing.</summary>
    internal void Renew()
    {
        Fields = new ResponseFields(state, Fields);
        _trailers = _trailers is null ? null : new ResponseFields(state, _trailers);
    }

    /// <summary>Forgets everything set and written: a new response, or another try at this one.</summary>
    internal void Clear()
    {
        Fields.Clear();
        StatusCode = 200;
        ClearContent();
    }

    /// <summary>Forgets the content written, its length and its trailers.</summary>
    internal void ClearContent()
    {
        _trailers?.Clear();
        ContentLength = null;
        _content.Clear();
        _fault = null;
        BytesWritten = 0;
    }

    /// <summary>Between requests nothing is held, the texts of the last response included.</summary>
    internal void Release()
    {
        _content.Release();
        Fields.Release();
        _trailers?.Release();
    }

    internal Memory<byte> GetMemory(int sizeHint) => _content.GetHeldMemory(sizeHint);

    internal Span<byte> GetSpan(int sizeHint) => _content.GetSpan(sizeHint);

    /// <summary>Holds content back, whatever its length.</summary>
    internal void Write(ReadOnlySpan<byte> content)
    {
        ThrowIfMoreThanDeclared(BytesWritten + content.Length);
        _content.Write(content);
        BytesWritten += content.Length;
    }

    /// <summary>Holds text back, in UTF-8.</summary>
    internal void WriteText(string text) => Advance(Encoding.UTF8.GetBytes(text, _content.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));

    internal void Advance(int count)
    {
        ThrowIfMoreThanDeclared(BytesWritten + count);
        _content.Advance(count);
        BytesWritten += count;
    }

    /// <summary>Holds content back, if it does not make too much; false when it must be sent. It counts as written in either case.</summary>
    internal bool TryHold(ReadOnlyMemory<byte> content)
    {
        ThrowIfMoreThanDeclared(BytesWritten + content.Length);
        BytesWritten += content.Length;
        if ((long)_content.Count + content.Length > limits.ResponseBufferSize)
        {
            return false;
        }

        _content.Write(content.Span);
        return true;
    }

    /// <summary>Sends the head, what is held back, and then this.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask SendAsync(ReadOnlyMemory<byte> content)
    {
        await send.EnterAsync().ConfigureAwait(false);
        try
        {
            await SendInTurnAsync(content).ConfigureAwait(false);
        }
        finally
        {
            send.Leave();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendInTurnAsync(ReadOnlyMemory<byte> content)
    {
        if (state.Writing == Writing.Nothing)
        {
            Start(isUnknown: false);
        }

        if (_isHead)
        {
            _content.Clear();
            content = default;
            await send.DropAsync(BytesWritten).ConfigureAwait(false);
        }

        if ((long)_content.Count + content.Length <= CopyAtMost)
        {
            _content.Write(content.Span);
            PutContent();
            await send.FlushAsync().ConfigureAwait(false);
        }
        else
        {
            await SendUncopiedAsync(content).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Sends 101 (Switching Protocols), behind the 100 (Continue) that is still due (RFC 9110 §7.8): from here on the connection is the handler's.
    /// </summary>
    internal async ValueTask UpgradeAsync(string protocol, bool isContinueDue)
    {
        await send.EnterAsync().ConfigureAwait(false);
        try
        {
            state.Upgrade();
            StatusCode = 101;
            Fields.Set("Upgrade", null);
            if (isContinueDue)
            {
                ResponseHead.WriteContinue(send.Octets);
            }

            ResponseHead.WriteUpgrade(send.Octets, protocol, Fields, date);
            Fields.IsSent = true;
            await send.FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            send.Leave();
        }
    }

    /// <summary>
    /// The handler has ended: puts what is left of the response into the send buffer. Throws <see cref="InvalidOperationException"/>
    /// when the handler wrote less than it declared; that response must not pass for a whole one.
    /// </summary>
    internal void Complete()
    {
        if (_fault is not null)
        {
            throw _fault;
        }

        if (!_isHead && HasContent && ContentLength is { } declared && BytesWritten != declared)
        {
            throw new InvalidOperationException($"The handler declared {declared} octets of content and wrote {BytesWritten}.");
        }

        if (state.Writing == Writing.Nothing)
        {
            // RFC 9110 §8.6: a response to HEAD declares the length that GET would have, or none. A handler that wrote nothing did not say.
            var isUnknown = _isHead && BytesWritten == 0 && ContentLength is null;
            ContentLength ??= isUnknown ? null : BytesWritten;
            Start(isUnknown);
        }

        PutContent();
        if (_framing == ResponseFraming.Chunked && !_isHead)
        {
            ResponseHead.WriteEnd(send.Octets, _trailers);
        }

        _trailers?.IsSent = true;
        state.EndResponse();
    }

    // What is held back and what is new, as one chunk where the content is chunked.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendUncopiedAsync(ReadOnlyMemory<byte> content)
    {
        state.WriteContent();
        var chunked = _framing == ResponseFraming.Chunked;
        if (chunked)
        {
            ResponseHead.WriteChunkSize(send.Octets, (long)_content.Count + content.Length);
        }

        await send.FlushAsync().ConfigureAwait(false);
        await send.SendAsync(_content.WrittenMemory).ConfigureAwait(false);
        _content.Clear();
        await send.SendAsync(content).ConfigureAwait(false);
        if (chunked)
        {
            send.Octets.Write("\r\n"u8);
        }
    }

    private void Start(bool isUnknown)
    {
        if (!HasContent)
        {
            ThrowIfContent(BytesWritten);
            // Only a 205 has to say so (RFC 9110 §15.3.6); the others must not (§8.6).
            ContentLength = StatusCode == 205 ? 0 : null;
        }

        ThrowIfMoreThanDeclared(BytesWritten);
        _framing = ContentLength is not null ? ResponseFraming.ContentLength
            : !HasContent || isUnknown ? ResponseFraming.NoContent
            : _http10 ? ResponseFraming.UntilClose
            : ResponseFraming.Chunked;
        // RFC 9112 §6.3 rule 8: an HTTP/1.0 peer learns the end from the close.
        if (_framing == ResponseFraming.UntilClose || !request.CanBeDrained)
        {
            state.EndPersistence();
        }

        state.StartResponse();
        ResponseHead.Write(send.Octets, StatusCode, Fields, date, _framing, ContentLength, state.IsPersistent, _http10);
        Fields.IsSent = true;
    }

    private void PutContent()
    {
        if (_content.Count > 0)
        {
            if (!_isHead)
            {
                state.WriteContent();
                ResponseHead.WriteContent(send.Octets, _content.Written, _framing);
            }

            _content.Clear();
        }
    }

    // What cannot be sent is not taken, and not forgotten either: a handler that carries on must not pass for one that did well.
    private void ThrowIfMoreThanDeclared(long octets)
    {
        if (state.HasResponseStarted && (state.Writing == Writing.Upgraded || _framing == ResponseFraming.NoContent))
        {
            ThrowIfContent(octets);
        }

        if (octets > ContentLength)
        {
            throw _fault = new InvalidOperationException($"The handler declared {ContentLength} octets of content and writes more.");
        }
    }

    private void ThrowIfContent(long octets)
    {
        if (octets > 0)
        {
            throw _fault = new InvalidOperationException(
                $"A response with status {StatusCode} has no content (RFC 9110 §6.4.1), but {octets} octets were written.");
        }
    }
}
