// Owns: the content of a response as a System.IO.Stream.

namespace TinyHost;

internal sealed class ResponseStream(Response response) : AsyncStream
{
    public override bool CanRead => false;

    public override bool CanWrite => true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw Unreadable();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        response.WriteAsync(buffer, cancellationToken);

    // Held, and never blocking, so that compressors and writers with synchronous calls work. A synchronous flush does nothing: the content
    // is sent by the next asynchronous flush, or at the end.
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    public override void Write(ReadOnlySpan<byte> buffer) => response.Write(buffer);

    public override void WriteByte(byte value) => response.Write([value]);

    public override Task FlushAsync(CancellationToken cancellationToken) => response.FlushAsync(cancellationToken).AsTask();

    public override void SetLength(long value) => throw new NotSupportedException("Set Response.ContentLength before writing.");

    protected override NotSupportedException Unseekable() => new("A response's content is written once, from start to end.");

    protected override NotSupportedException Unreadable() => new("A response's content cannot be read.");

    // Unused: a synchronous write is held.
    protected override NotSupportedException Unwritable() => Unseekable();
}
