// Owns: the client's end of a connection in memory, as the stream that HttpClient reads and writes.

namespace TinyHost.Testing;

internal sealed class ClientStream(MemoryTransport server) : AsyncStream
{
    private const string Why = "A connection in memory is read and written asynchronously, from its beginning to its end.";

    private int _isClosed;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await server.Sent.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (PeerGoneException e)
        {
            throw new IOException("The server has aborted the connection.", e);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        server.Expect(buffer.Length);
        // A server that has closed in good order has answered: the answer counts, not that the rest was not taken.
        if (!await server.Received.WriteAsync(buffer, cancellationToken).ConfigureAwait(false) && server.Received.IsReset)
        {
            throw new IOException("The server has aborted the connection.");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            server.Expect(1);
            server.Sent.StopReading();
            server.Received.Finish();
        }

        base.Dispose(disposing);
    }

    protected override NotSupportedException Unseekable() => new(Why);

    protected override NotSupportedException Unreadable() => new(Why);

    protected override NotSupportedException Unwritable() => new(Why);
}
