// Owns: a connection's octets after 101 (Switching Protocols), RFC 9110 §7.8, as a duplex stream.
// Does not own: the protocol spoken on it, or the connection's end, which comes when the handler ends.

namespace TinyHost;

/// <summary>One read and one write may be pending at a time. What arrived behind the request's head is read first.</summary>
internal sealed class UpgradedStream(Transport transport, ContentReader content, ResponseWriter response) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw Unseekable();

    public override long Position
    {
        get => throw Unseekable();
        set => throw Unseekable();
    }

    /// <summary>Cancelling a read that is pending ends reading for good: octets that come later belong to no one.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken)
        : cancellationToken.CanBeCanceled ? ReadCancelableAsync(buffer, cancellationToken)
        : content.ReadUpgradedAsync(buffer);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled(cancellationToken) : response.SendUpgradedAsync(buffer);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw Blocking();

    public override void Write(byte[] buffer, int offset, int count) => throw Blocking();

    public override long Seek(long offset, SeekOrigin origin) => throw Unseekable();

    public override void SetLength(long value) => throw Unseekable();

    /// <summary>Ends what is under way: a WebSocket disposes its stream to be rid of a read it no longer waits for.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing && response.IsSending)
        {
            transport.Abort();
        }
        else if (disposing && content.IsReading)
        {
            transport.StopReceiving();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadCancelableAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(static state => ((Transport)state!).StopReceiving(), transport);
        var count = await content.ReadUpgradedAsync(buffer).ConfigureAwait(false);
        if (count == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return count;
    }

    private static NotSupportedException Unseekable() => new("A connection has no length and no position.");

    private static NotSupportedException Blocking() => new("Waiting for the peer would block a thread of the pool: use ReadAsync and WriteAsync.");
}
