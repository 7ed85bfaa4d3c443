// Owns: the content of a request as a System.IO.Stream.
// Does not own: reading it (RequestBody).

namespace TinyHost;

internal sealed class BodyStream(RequestBody body) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("A request's content is read once, from start to end.");

    public override long Position
    {
        get => throw new NotSupportedException("A request's content is read once, from start to end.");
        set => throw new NotSupportedException("A request's content is read once, from start to end.");
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        body.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        body.ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("Reading content at once would block a thread that others wait for: use ReadAsync.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A request's content is read once, from start to end.");

    public override void SetLength(long value) => throw new NotSupportedException("A request's content cannot be changed.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A request's content cannot be changed.");
}
