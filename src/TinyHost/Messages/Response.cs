// Owns: a handler's way to answer: status, fields, content; when they go out, and that they are framed right.
// Does not own: how a line is spelled (StatusLine, ResponseHeadWriter) or sent (SendBuffer). RFC 9110 §6, RFC 9112 §6.

using System.Buffers;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// A response (RFC 9110 §3.4). Content written through <see cref="IBufferWriter{T}"/> is held back until <see cref="FlushAsync"/> or the
/// handler's end; when the handler ends before any flush the length is known and sent as Content-Length, otherwise the content is chunked
/// unless <see cref="ContentLength"/> was set. HEAD requests are handled like GET: the content is counted and dropped.
/// </summary>
public sealed class Response : IBufferWriter<byte>
{
    // Larger content is sent from where it lies instead of being copied.
    private const int CopyAtMost = 4_096;

    private readonly SendBuffer _send;
    private readonly DateField _date;
    private readonly ServerLimits _limits;
    private readonly RequestBody _body;
    private readonly PooledBuffer _content;
    private ResponseStream? _stream;
    private ResponseFraming _framing;
    private int _statusCode = 200;
    private long? _contentLength;
    private bool _persistent;
    private bool _isHead;
    private bool _http10;
    private bool _completed;

    internal Response(SendBuffer send, DateField date, ServerLimits limits, RequestBody body, ArrayPool<byte> pool)
    {
        _send = send;
        _date = date;
        _limits = limits;
        _body = body;
        _content = new PooledBuffer(pool, initialSize: 1_024);
    }

    /// <summary>The status code, 200 by default; 200–599. Throws <see cref="InvalidOperationException"/> once the response has started.</summary>
    public int StatusCode
    {
        get => _statusCode;
        set
        {
            ThrowIfStarted();
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 200);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 599);
            _statusCode = value;
        }
    }

    /// <summary>The fields of the header section. Changing them once the response has started throws <see cref="InvalidOperationException"/>.</summary>
    public ResponseFields Fields { get; } = new();

    /// <summary>The fields of the trailer section (RFC 9110 §6.5), sent when the content is chunked and dropped otherwise.</summary>
    public ResponseFields Trailers { get; } = new();

    /// <summary>The Content-Type field.</summary>
    public string? ContentType
    {
        get => Fields["Content-Type"];
        set => Fields["Content-Type"] = value;
    }

    /// <summary>
    /// The length of the content in octets, when it is known before it is written; null by default. Writing more throws
    /// <see cref="InvalidOperationException"/>; ending with less closes the connection so that the peer sees the fault.
    /// </summary>
    public long? ContentLength
    {
        get => _contentLength;
        set
        {
            ThrowIfStarted();
            ArgumentOutOfRangeException.ThrowIfNegative(value.GetValueOrDefault(), nameof(value));
            _contentLength = value;
        }
    }

    /// <summary>
    /// Whether the connection may serve another request afterwards (RFC 9112 §9.3). True where the request allows it; set to false to
    /// close it after this response.
    /// </summary>
    public bool Persistent
    {
        get => _persistent;
        set
        {
            ThrowIfStarted();
            _persistent &= value;
        }
    }

    /// <summary>True once the head has gone out, so that status and fields can change no more.</summary>
    public bool HasStarted => _framing != ResponseFraming.NotStarted;

    /// <summary>Octets of content written so far.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Drops status, fields and content set so far. Throws <see cref="InvalidOperationException"/> once the response has started.</summary>
    public void Reset()
    {
        ThrowIfStarted();
        Fields.Clear();
        Trailers.Clear();
        _statusCode = 200;
        _contentLength = null;
        _content.Clear();
        BytesWritten = 0;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        _content.Advance(count);
        Count(count);
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        ThrowIfCompleted();
        return _content.GetMemory(sizeHint);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        ThrowIfCompleted();
        return _content.GetSpan(sizeHint);
    }

    /// <summary>
    /// Writes content; sends it, and waits for a slow peer, when more than <see cref="ServerLimits.ResponseBufferSize"/> is held back.
    /// Throws <see cref="IOException"/> when the peer is gone.
    /// </summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        ThrowIfCompleted();
        Count(content.Length);
        if (_content.Count + content.Length > _limits.ResponseBufferSize)
        {
            return SendAsync(content);
        }

        _content.Write(content.Span);
        return default;
    }

    /// <summary>Sends the head and what was written so far. Throws <see cref="IOException"/> when the peer is gone.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        ThrowIfCompleted();
        return SendAsync(ReadOnlyMemory<byte>.Empty);
    }

    /// <summary>The content as a stream to write to.</summary>
    public Stream AsStream() => _stream ??= new ResponseStream(this);

    internal void Begin(bool isHead, bool http10, bool persistent)
    {
        _isHead = isHead;
        _http10 = http10;
        _persistent = persistent;
    }

    internal void Clear()
    {
        Fields.Clear();
        Trailers.Clear();
        _framing = ResponseFraming.NotStarted;
        _statusCode = 200;
        _contentLength = null;
        _content.Clear();
        BytesWritten = 0;
        _completed = false;
    }

    internal void ReleaseBuffer() => _content.Release();

    /// <summary>The server stops: this response is the connection's last, if that can still be said.</summary>
    internal void ForbidPersistence()
    {
        if (!HasStarted)
        {
            _persistent = false;
        }
    }

    /// <summary>
    /// The handler has ended: puts what is left of the response into the send buffer. Throws <see cref="InvalidOperationException"/>
    /// when the handler wrote less than it declared; that response must not pass for a whole one.
    /// </summary>
    internal void Complete()
    {
        if (_framing != ResponseFraming.Chunked && !_isHead && _contentLength is { } declared && BytesWritten != declared && BodyAllowed)
        {
            throw new InvalidOperationException($"The handler declared {declared} octets of content and wrote {BytesWritten}.");
        }

        if (!HasStarted)
        {
            if (BodyAllowed)
            {
                _contentLength ??= BytesWritten;
            }

            Start();
        }

        PutContent();
        if (_framing == ResponseFraming.Chunked && !_isHead)
        {
            ResponseHead.WriteEnd(_send.Octets, Trailers);
        }

        Trailers.IsSent = true;
        _completed = true;
    }

    /// <summary>RFC 9110 §6.4.1: these responses have no content whatever their fields say.</summary>
    private bool BodyAllowed => _statusCode is not (204 or 304);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ReadOnlyMemory<byte> content)
    {
        await _send.TakeAsync().ConfigureAwait(false);
        if (!HasStarted)
        {
            Start();
        }

        if (_isHead)
        {
            content = default;
        }

        if (content.Length <= CopyAtMost)
        {
            _content.Write(content.Span);
            PutContent();
            await _send.FlushAsync().ConfigureAwait(false);
            return;
        }

        PutContent();
        if (_framing == ResponseFraming.Chunked)
        {
            ResponseHead.WriteChunkSize(_send.Octets, content.Length);
        }

        await _send.FlushAsync().ConfigureAwait(false);
        await _send.SendAsync(content).ConfigureAwait(false);
        if (_framing == ResponseFraming.Chunked)
        {
            _send.Octets.Write("\r\n"u8);
        }
    }

    private void Start()
    {
        if (!BodyAllowed)
        {
            ThrowIfContentForbidden();
            _contentLength = null;
            _framing = ResponseFraming.NoContent;
        }
        else if (_contentLength is not null)
        {
            _framing = ResponseFraming.ContentLength;
        }
        else if (!_http10)
        {
            _framing = ResponseFraming.Chunked;
        }
        else
        {
            // RFC 9112 §6.3 rule 8: an HTTP/1.0 peer learns the end from the close.
            _framing = ResponseFraming.UntilClose;
            _persistent = false;
        }

        _persistent &= _body.CanBeDrained;
        _body.ResponseHasStarted = true;
        ResponseHead.Write(_send.Octets, _statusCode, Fields, _date, _framing, _contentLength, _persistent, _http10);
        Fields.IsSent = true;
    }

    private void PutContent()
    {
        if (_content.Count > 0)
        {
            if (!_isHead)
            {
                ResponseHead.WriteContent(_send.Octets, _content.Written, _framing);
            }

            _content.Clear();
        }
    }

    private void Count(int octets)
    {
        BytesWritten += octets;
        if (octets > 0 && HasStarted && _framing == ResponseFraming.NoContent)
        {
            ThrowIfContentForbidden();
        }

        if (_contentLength is { } declared && BytesWritten > declared)
        {
            throw new InvalidOperationException($"The handler declared {declared} octets of content and writes more.");
        }
    }

    private void ThrowIfContentForbidden()
    {
        if (BytesWritten > 0)
        {
            throw new InvalidOperationException($"A response with status {_statusCode} has no content (RFC 9110 §6.4.1), but {BytesWritten} octets were written.");
        }
    }

    private void ThrowIfStarted()
    {
        if (HasStarted)
        {
            throw new InvalidOperationException("The response has started: its head can change no more.");
        }
    }

    private void ThrowIfCompleted()
    {
        if (_completed)
        {
            throw new InvalidOperationException("The response is complete: its handler has ended.");
        }
    }
}
