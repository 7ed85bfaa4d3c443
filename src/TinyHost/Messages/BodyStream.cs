// Owns: the content of a request as a System.IO.Stream.
// Does not own: reading it (RequestBody).

namespace TinyHost;

internal sealed class BodyStream(RequestBody body) : AsyncStream
{
    public override bool CanRead => true;

    public override bool CanWrite => false;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        body.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw Unwritable();

    public override void SetLength(long value) => throw Unwritable();

    protected override NotSupportedException Unseekable() => new("A request's content is read once, from start to end.");

    protected override NotSupportedException Unreadable() =>
        new("Reading a request's content synchronously would block a thread that other requests need: use ReadAsync.");

    protected override NotSupportedException Unwritable() => new("A request's content cannot be changed.");
}
