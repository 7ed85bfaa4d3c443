// Owns: a handler's way to answer: status, fields, content, and what may be set when.
// Does not own: framing and sending it (ResponseWriter). RFC 9110 §6.

using System.Buffers;

namespace TinyHost;

/// <summary>
/// A response (RFC 9110 §3.4). Content written through <see cref="IBufferWriter{T}"/> is held back until <see cref="FlushAsync"/> or the
/// handler's end; when the handler ends before any flush the length is known and sent as Content-Length, otherwise the content is chunked
/// unless <see cref="ContentLength"/> was set. HEAD requests are handled like GET: the content is counted and dropped.
/// </summary>
public sealed class Response : IBufferWriter<byte>
{
    private readonly ResponseWriter _writer;
    private ResponseStream? _stream;

    internal Response(ResponseWriter writer) => _writer = writer;

    /// <summary>The status code, 200 by default; 200–599. Throws <see cref="InvalidOperationException"/> once the response has started.</summary>
    public int StatusCode
    {
        get => _writer.StatusCode;
        set
        {
            ThrowIfStarted();
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 200);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 599);
            _writer.StatusCode = value;
        }
    }

    /// <summary>The fields of the header section. Changing them once the response has started throws <see cref="InvalidOperationException"/>.</summary>
    public ResponseFields Fields => _writer.Fields;

    /// <summary>The fields of the trailer section (RFC 9110 §6.5), sent when the content is chunked and dropped otherwise.</summary>
    public ResponseFields Trailers => _writer.Trailers;

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
        get => _writer.ContentLength;
        set
        {
            ThrowIfStarted();
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
        get => _writer.Persistent;
        set
        {
            ThrowIfStarted();
            _writer.Persistent &= value;
        }
    }

    /// <summary>True once the head has gone out, so that status and fields can change no more.</summary>
    public bool HasStarted => _writer.Framing != ResponseFraming.NotStarted;

    /// <summary>Octets of content written so far.</summary>
    public long BytesWritten => _writer.BytesWritten;

    /// <summary>Drops status, fields and content set so far. Throws <see cref="InvalidOperationException"/> once the response has started.</summary>
    public void Reset()
    {
        ThrowIfStarted();
        _writer.Clear();
    }

    /// <summary>Writes content, which is held back until <see cref="FlushAsync"/> or the handler's end.</summary>
    public void Write(ReadOnlySpan<byte> content)
    {
        content.CopyTo(GetSpan(content.Length));
        Advance(content.Length);
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ThrowIfComplete();
        _writer.Advance(count);
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        ThrowIfComplete();
        return _writer.GetMemory(sizeHint);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        ThrowIfComplete();
        return _writer.GetSpan(sizeHint);
    }

    /// <summary>
    /// Writes content; sends it, and waits for a slow peer, when more than <see cref="ServerLimits.ResponseBufferSize"/> is held back.
    /// Throws <see cref="IOException"/> when the peer is gone.
    /// </summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        ThrowIfComplete();
        return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled(cancellationToken) : _writer.WriteAsync(content);
    }

    /// <summary>Sends the head and what was written so far. Throws <see cref="IOException"/> when the peer is gone.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfComplete();
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled(cancellationToken)
            : _writer.SendAsync(ReadOnlyMemory<byte>.Empty);
    }

    /// <summary>The content as a stream to write to.</summary>
    public Stream AsStream() => _stream ??= new ResponseStream(this);

    private void ThrowIfStarted()
    {
        if (HasStarted)
        {
            throw new InvalidOperationException("The response has started: its head can change no more.");
        }
    }

    private void ThrowIfComplete()
    {
        if (_writer.IsComplete)
        {
            throw new InvalidOperationException("The response is complete: its handler has ended.");
        }
    }
}
