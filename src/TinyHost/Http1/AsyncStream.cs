// Owns: mapping every way to read and write a System.IO.Stream to the asynchronous methods over memory.

namespace TinyHost;

/// <summary>
/// A stream without a position. Its synchronous methods throw instead of blocking a thread, unless a derived stream can complete them at
/// once.
/// </summary>
internal abstract class AsyncStream : Stream
{
    public sealed override bool CanSeek => false;

    public sealed override long Length => throw Unseekable();

    public sealed override long Position
    {
        get => throw Unseekable();
        set => throw Unseekable();
    }

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    public sealed override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public sealed override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    // The base class would run a synchronous read or write on the thread pool.
    public sealed override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);

    public sealed override int EndRead(IAsyncResult asyncResult) => TaskToAsyncResult.End<int>(asyncResult);

    public sealed override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, CancellationToken.None), callback, state);

    public sealed override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    public override int Read(byte[] buffer, int offset, int count) => throw Unreadable();

    public override void Write(byte[] buffer, int offset, int count) => throw Unwritable();

    public sealed override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    public sealed override long Seek(long offset, SeekOrigin origin) => throw Unseekable();

    public override void SetLength(long value) => throw Unseekable();

    /// <summary>Why the stream has no length and no position.</summary>
    protected abstract NotSupportedException Unseekable();

    /// <summary>Why it cannot be read synchronously, or at all.</summary>
    protected abstract NotSupportedException Unreadable();

    /// <summary>Why it cannot be written synchronously, or at all.</summary>
    protected abstract NotSupportedException Unwritable();
}
