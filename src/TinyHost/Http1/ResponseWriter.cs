// Owns: framing a response and putting its octets into the send buffer in time, RFC 9112 §6 and §7, RFC 9110 §6.4.1.

using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TinyHost;

/// <summary>
/// Writes one response after another. Content is held until a flush, so that its length can be declared. The caller has the right to write
/// (<see cref="ConnectionState.EnterWrite"/>) or is the connection.
/// </summary>
internal sealed class ResponseWriter(Exchange exchange, ServerLimits limits, ArrayPool<byte> pool)
{
    // Larger content is sent from where it lies.
    private const int CopyAtMost = 8_192;

    // The field lines that most responses need at most.
    private const int KeptFields = 8;

    private readonly ConnectionState _state = exchange.State;
    private readonly SendBuffer _send = exchange.Send;
    private readonly PooledBuffer _content = new(pool, initialSize: 1_024);
    private InvalidOperationException? _fault;
    private ResponseFraming _framing;
    private bool _isHead;
    private bool _isConnect;
    private bool _isHttp10;

    /// <summary>The field lines of the header section; they do not change once the response has started.</summary>
    internal List<KeyValuePair<string, string>> Fields { get; } = [];

    /// <summary>The field lines of the trailer section.</summary>
    internal List<KeyValuePair<string, string>> Trailers { get; } = [];

    internal int StatusCode { get; set; } = 200;

    internal long? ContentLength { get; set; }

    /// <summary>The size of the content so far.</summary>
    internal long BytesWritten { get; private set; }

    /// <summary>
    /// RFC 9110 §6.4.1, §15.3.6, §9.3.6: responses with these status codes have no content, whatever their fields say. A 2xx to CONNECT
    /// would be followed by a tunnel.
    /// </summary>
    private bool HasContent => StatusCode is not (204 or 205 or 304) && !(_isConnect && StatusCode < 300);

    internal void Begin(bool isHead, bool isConnect, bool isHttp10)
    {
        Clear();
        _isHead = isHead;
        _isConnect = isConnect;
        _isHttp10 = isHttp10;
    }

    /// <summary>Forgets everything set and written.</summary>
    internal void Clear()
    {
        Fields.Clear();
        StatusCode = 200;
        ClearContent();
    }

    /// <summary>Forgets the content, its length and the trailers.</summary>
    internal void ClearContent()
    {
        Trailers.Clear();
        ContentLength = null;
        _content.Clear();
        _fault = null;
        BytesWritten = 0;
    }

    /// <summary>Returns the buffer, and forgets the texts of the last response.</summary>
    internal void Release()
    {
        _content.Release();
        Fields.Clear();
        Trailers.Clear();
        if (Fields.Capacity > KeptFields)
        {
            Fields.Capacity = 0;
        }
    }

    /// <summary>The memory may still be written to after the handler has ended.</summary>
    internal Memory<byte> GetMemory(int sizeHint) => _content.GetHeldMemory(sizeHint);

    internal Span<byte> GetSpan(int sizeHint) => _content.GetSpan(sizeHint);

    internal void Advance(int count)
    {
        ThrowIfTooMuch(BytesWritten + count);
        _content.Advance(count);
        BytesWritten += count;
    }

    /// <summary>Holds content, whatever its size.</summary>
    internal void Write(ReadOnlySpan<byte> content)
    {
        ThrowIfTooMuch(BytesWritten + content.Length);
        _content.Write(content);
        BytesWritten += content.Length;
    }

    /// <summary>
    /// Holds content if the limit allows; otherwise returns false, and <see cref="SendAsync"/> must follow. It counts as written in either
    /// case.
    /// </summary>
    internal bool TryHold(ReadOnlyMemory<byte> content)
    {
        ThrowIfTooMuch(BytesWritten + content.Length);
        BytesWritten += content.Length;
        if ((long)_content.Count + content.Length > limits.ResponseBufferSize)
        {
            return false;
        }

        _content.Write(content.Span);
        return true;
    }

    /// <summary>Sends the head, the content held, and then this.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask SendAsync(ReadOnlyMemory<byte> content)
    {
        await _send.EnterAsync().ConfigureAwait(false);
        try
        {
            if (_state.Writing == Writing.Nothing)
            {
                Start(isUnknown: false);
            }

            if (_isHead)
            {
                _content.Clear();
                content = default;
                await _send.DropAsync(BytesWritten).ConfigureAwait(false);
            }

            if ((long)_content.Count + content.Length <= CopyAtMost)
            {
                _content.Write(content.Span);
                PutContent();
                await _send.FlushAsync().ConfigureAwait(false);
            }
            else
            {
                await SendUncopiedAsync(content).ConfigureAwait(false);
            }
        }
        finally
        {
            _send.Leave();
        }
    }

    /// <summary>
    /// The handler has ended: puts the rest of the response into the send buffer. Throws <see cref="InvalidOperationException"/> if the
    /// handler wrote other content than it declared; such a response must not look complete.
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

        if (_state.Writing == Writing.Nothing)
        {
            // RFC 9110 §8.6: a response to HEAD declares the length that GET would have. A handler that wrote nothing did not tell.
            var isUnknown = _isHead && BytesWritten == 0 && ContentLength is null;
            ContentLength ??= isUnknown ? null : BytesWritten;
            Start(isUnknown);
        }

        PutContent();
        if (_framing == ResponseFraming.Chunked && !_isHead)
        {
            // RFC 9112 §7.1.2: the last chunk and the trailer section.
            _send.Octets.Write("0\r\n"u8);
            var trailers = CollectionsMarshal.AsSpan(Trailers);
            var size = (int)Math.Min(ResponseHead.FieldsSize(trailers), int.MaxValue);
            _send.Octets.Advance(ResponseHead.WriteFields(_send.Octets.GetSpan(size), trailers));
            _send.Octets.Write("\r\n"u8);
        }

        _state.EndResponse();
    }

    private void Start(bool isUnknown)
    {
        if (!HasContent)
        {
            ThrowIfContent(BytesWritten);
            // RFC 9110 §15.3.6: a 205 declares that it has none; §8.6: the others must not.
            ContentLength = StatusCode == 205 ? 0 : null;
        }

        ThrowIfTooMuch(BytesWritten);
        _framing = ContentLength is not null ? ResponseFraming.ContentLength
            : !HasContent || isUnknown ? ResponseFraming.NoContent
            : _isHttp10 ? ResponseFraming.UntilClose
            : ResponseFraming.Chunked;
        // RFC 9112 §6.3 rule 8: an HTTP/1.0 peer learns the end from the close.
        if (_framing == ResponseFraming.UntilClose || !exchange.CanDrain)
        {
            _state.EndPersistence();
        }

        _state.StartResponse();
        var head = new ResponseHead
        {
            StatusCode = StatusCode,
            DateLine = exchange.Date.Line,
            Fields = CollectionsMarshal.AsSpan(Fields),
            Framing = _framing,
            ContentLength = ContentLength.GetValueOrDefault(),
            IsPersistent = _state.IsPersistent,
            IsHttp10 = _isHttp10,
        };
        _send.Octets.Advance(head.Write(_send.Octets.GetSpan(head.MaxSize)));
    }

    private void PutContent()
    {
        if (_content.Count == 0)
        {
            return;
        }

        if (!_isHead)
        {
            _state.WriteContent();
            BeginChunk(_content.Count);
            _send.Octets.Write(_content.Written);
            EndChunk();
        }

        _content.Clear();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendUncopiedAsync(ReadOnlyMemory<byte> content)
    {
        _state.WriteContent();
        BeginChunk((long)_content.Count + content.Length);
        await _send.FlushAsync().ConfigureAwait(false);
        await _send.SendAsync(_content.WrittenMemory).ConfigureAwait(false);
        _content.Clear();
        await _send.SendAsync(content).ConfigureAwait(false);
        EndChunk();
    }

    private void BeginChunk(long size)
    {
        if (_framing == ResponseFraming.Chunked)
        {
            _send.Octets.Advance(ResponseHead.WriteChunkSize(_send.Octets.GetSpan(ResponseHead.MaxChunkSizeLine), size));
        }
    }

    private void EndChunk()
    {
        if (_framing == ResponseFraming.Chunked)
        {
            _send.Octets.Write("\r\n"u8);
        }
    }

    // A fault is remembered, so that a handler that ignores the exception does not pass for a successful one.
    private void ThrowIfTooMuch(long written)
    {
        if (_state.HasResponseStarted && (_state.Writing == Writing.Upgraded || _framing == ResponseFraming.NoContent))
        {
            ThrowIfContent(written);
        }

        if (written > ContentLength)
        {
            throw _fault = new InvalidOperationException($"The handler declared {ContentLength} octets of content and writes more.");
        }
    }

    private void ThrowIfContent(long written)
    {
        if (written > 0)
        {
            throw _fault = new InvalidOperationException(
                $"A response with status {StatusCode} has no content (RFC 9110 §6.4.1), but {written} octets were written.");
        }
    }
}
