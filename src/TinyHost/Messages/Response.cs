// Owns: a handler's way to answer: status, fields, content, and what may be set when. Each write takes the right to write for itself.
// Does not own: framing and sending it (ResponseWriter). RFC 9110 §6.

using System.Buffers;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// A response (RFC 9110 §3.4). Content written through <see cref="IBufferWriter{T}"/> is held back until <see cref="FlushAsync"/> or the
/// handler's end; when the handler ends before any flush the length is known and sent as Content-Length, otherwise the content is chunked
/// unless <see cref="ContentLength"/> was set. HEAD requests are handled like GET: the content is counted and dropped.
/// Setting or writing anything while a write is pending, or once the handler has ended, throws <see cref="InvalidOperationException"/>.
/// </summary>
public sealed class Response : IBufferWriter<byte>
{
    private readonly ConnectionState _state;
    private readonly ResponseWriter _writer;
    private readonly int _generation;
    private ResponseFields? _trailers;
    private ResponseStream? _stream;

    /// <param name="state">The connection's.</param>
    /// <param name="writer">The connection's.</param>
    /// <param name="last">The last request's, when this one has objects of its own: what that one needed this one has from the start.</param>
    internal Response(ConnectionState state, ResponseWriter writer, Response? last)
    {
        _state = state;
        _writer = writer;
        _generation = state.Generation;
        Fields = writer.Fields;
        _stream = last?._stream is null ? null : new ResponseStream(this);
    }

    /// <summary>The status code, 200 by default; 200–599. Throws <see cref="InvalidOperationException"/> once the response has started.</summary>
    public int StatusCode
    {
        get => Current(_writer).StatusCode;
        set
        {
            using var right = BeforeStart();
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 200);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 599);
            _writer.StatusCode = value;
        }
    }

    /// <summary>The fields of the header section. Changing them once the response has started throws <see cref="InvalidOperationException"/>.</summary>
    public ResponseFields Fields { get; }

    /// <summary>The fields of the trailer section (RFC 9110 §6.5), sent when the content is chunked and dropped otherwise.</summary>
    public ResponseFields Trailers
    {
        get
        {
            if (_trailers is null)
            {
                _state.ThrowIfEnded(_generation);
                _trailers = _writer.Trailers;
            }

            return _trailers;
        }
    }

    /// <summary>The Content-Type field.</summary>
    public string? ContentType
    {
        get => Fields[ResponseFields.ContentType];
        set => Fields[ResponseFields.ContentType] = value;
    }

    /// <summary>
    /// The length of the content in octets, when it is known before it is written; null by default. Writing more throws
    /// <see cref="InvalidOperationException"/>; ending with less closes the connection so that the peer sees the fault.
    /// </summary>
    public long? ContentLength
    {
        get => Current(_writer).ContentLength;
        set
        {
            using var right = BeforeStart();
            ArgumentOutOfRangeException.ThrowIfNegative(value.GetValueOrDefault(), nameof(value));
            _writer.ContentLength = value;
        }
    }

    /// <summary>
    /// Whether the connection may serve another request afterwards (RFC 9112 §9.3). True where the request allows it; set to false to
    /// close it after this response.
    /// </summary>
    public bool Persistent
    {
        get => Current(_state).IsPersistent;
        set
        {
            using var right = BeforeStart();
            if (!value)
            {
                _state.EndPersistence();
            }
        }
    }

    /// <summary>True once the head has gone out, so that status and fields can change no more.</summary>
    public bool HasStarted => Current(_state).HasResponseStarted;

    /// <summary>Octets of content written so far.</summary>
    public long BytesWritten => Current(_writer).BytesWritten;

    /// <summary>Drops status, fields and content set so far. Throws <see cref="InvalidOperationException"/> once the response has started.</summary>
    public void Reset()
    {
        using var right = BeforeStart();
        _writer.Clear();
    }

    /// <summary>
    /// Drops the content written so far and all that describes it: <see cref="ContentLength"/>, the trailers, and the fields about content
    /// (<c>Content-*</c> but Content-Security-Policy, ETag, Last-Modified, Accept-Ranges, Repr-Digest, Digest, Trailer). Status and all other
    /// fields stay. Throws <see cref="InvalidOperationException"/> once the response has started.
    /// </summary>
    public void ResetContent()
    {
        using var right = BeforeStart();
        Fields.RemoveAboutContent();
        _writer.ClearContent();
    }

    /// <summary>Writes content, which is held back until <see cref="FlushAsync"/> or the handler's end.</summary>
    public void Write(ReadOnlySpan<byte> content)
    {
        using var right = new WriteRight(_state, _generation);
        _writer.Write(content);
    }

    /// <summary>The same for text, in UTF-8, with a Content-Type unless one is set.</summary>
    internal void WriteText(string text, string contentType)
    {
        using var right = new WriteRight(_state, _generation);
        if (Fields[ResponseFields.ContentType] is null && !_state.HasResponseStarted)
        {
            Fields.Set(ResponseFields.ContentType, contentType);
        }

        _writer.WriteText(text);
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        using var right = new WriteRight(_state, _generation);
        _writer.Advance(count);
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        using var right = new WriteRight(_state, _generation);
        return _writer.GetMemory(sizeHint);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        using var right = new WriteRight(_state, _generation);
        return _writer.GetSpan(sizeHint);
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

        _state.EnterWrite(_generation);
        bool isHeld;
        try
        {
            isHeld = _writer.TryHold(content);
        }
        catch
        {
            _state.ExitWrite();
            throw;
        }

        if (!isHeld)
        {
            return SendAsync(content);
        }

        _state.ExitWrite();
        return default;
    }

    /// <summary>Sends the head and what was written so far. Throws <see cref="IOException"/> when the peer is gone.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        _state.EnterWrite(_generation);
        return SendAsync(ReadOnlyMemory<byte>.Empty);
    }

    /// <summary>The content as a stream to write to.</summary>
    public Stream AsStream() => _stream ??= new ResponseStream(this);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ReadOnlyMemory<byte> content)
    {
        try
        {
            await _writer.SendAsync(content).ConfigureAwait(false);
        }
        finally
        {
            _state.ExitWrite();
        }
    }

    // Of an ended request nothing is told that would be the next one's.
    private T Current<T>(T part)
    {
        _state.ThrowIfRenewed(_generation);
        return part;
    }

    private WriteRight BeforeStart()
    {
        var right = new WriteRight(_state, _generation);
        if (_state.HasResponseStarted)
        {
            right.Dispose();
            throw new InvalidOperationException("The response has started: its head can change no more.");
        }

        return right;
    }
}
