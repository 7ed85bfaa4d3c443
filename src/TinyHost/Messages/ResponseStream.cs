// Owns: the content of a response as a System.IO.Stream.
// Does not own: buffering and framing it (Response).

namespace TinyHost;

internal sealed class ResponseStream(Response response) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException("A response's content is written once, from start to end.");

    public override long Position
    {
        get => throw new NotSupportedException("A response's content is written once, from start to end.");
        set => throw new NotSupportedException("A response's content is written once, from start to end.");
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        response.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        response.WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Held back, never blocking: a compressor or writer that insists on synchronous calls works, and flushes when it can.
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer) => response.Write(buffer);

    // A synchronous flush must not block on a slow peer: what was written goes out at the next asynchronous one, or at the end.
    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => response.FlushAsync(cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A response's content cannot be read.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A response's content is written once, from start to end.");

    public override void SetLength(long value) => throw new NotSupportedException("Set Response.ContentLength before writing.");
}
