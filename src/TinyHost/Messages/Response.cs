// Owns: a handler's way to answer: status, fields, content, and when they go out.
// Does not own: how the head is spelled (ResponseHeadWriter) or sent.

using System.Buffers;

namespace TinyHost;

/// <summary>
/// A response (RFC 9110 §3.4). Content written through <see cref="IBufferWriter{T}"/> is held back until <see cref="FlushAsync"/> or the
/// handler's end; when the handler ends before any flush the length is known and sent as Content-Length, otherwise the content is chunked
/// unless <see cref="ContentLength"/> was set. HEAD requests are handled like GET: the content is counted and dropped.
/// </summary>
public sealed class Response : IBufferWriter<byte>
{
    /// <summary>The status code, 200 by default; 200–599. Throws <see cref="InvalidOperationException"/> once the response has started.</summary>
    public int StatusCode { get => throw new NotImplementedException(); set => throw new NotImplementedException(); }

    /// <summary>The fields of the header section. Changing them has no meaning once the response has started, and throws <see cref="InvalidOperationException"/>.</summary>
    public ResponseFields Fields => throw new NotImplementedException();

    /// <summary>The fields of the trailer section, sent when the content is chunked.</summary>
    public ResponseFields Trailers => throw new NotImplementedException();

    /// <summary>The Content-Type field.</summary>
    public string? ContentType { get => Fields["Content-Type"]; set => Fields["Content-Type"] = value; }

    /// <summary>The length of the content, when it is known before it is written. Writing more or less of it throws <see cref="InvalidOperationException"/> and closes the connection.</summary>
    public long? ContentLength { get => throw new NotImplementedException(); set => throw new NotImplementedException(); }

    /// <summary>Whether the connection may serve another request afterwards. Set to false to close it after this response.</summary>
    public bool Persistent { get => throw new NotImplementedException(); set => throw new NotImplementedException(); }

    /// <summary>True once the head has gone out, so that status and fields can change no more.</summary>
    public bool HasStarted => throw new NotImplementedException();

    /// <summary>Drops status, fields and content set so far. Throws <see cref="InvalidOperationException"/> once the response has started.</summary>
    public void Reset() => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Advance(int count) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => throw new NotImplementedException();

    /// <summary>Writes content; sends it, and waits for a slow peer, when more than <see cref="ServerLimits.ResponseBufferSize"/> is held back.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Sends the head and what was written so far.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The content as a stream to write to.</summary>
    public Stream AsStream() => throw new NotImplementedException();
}
