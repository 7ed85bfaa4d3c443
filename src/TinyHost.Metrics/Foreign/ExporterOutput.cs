// Owns: collecting what an exporter writes.

namespace TinyHost.Metrics;

/// <summary>
/// A stream into memory. Writing throws once the exporter is cancelled, so that one that never ends does not use up all memory.
/// </summary>
internal sealed class ExporterOutput(int capacity, CancellationToken cancelled) : Stream
{
    private readonly MemoryStream _written = new(capacity);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>What was written, with a line feed at the end of the last line.</summary>
    internal ReadOnlyMemory<byte> Complete()
    {
        if (_written.Length > 0 && _written.GetBuffer()[_written.Length - 1] != '\n')
        {
            _written.WriteByte((byte)'\n');
        }

        return _written.GetBuffer().AsMemory(0, (int)_written.Length);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        cancelled.ThrowIfCancellationRequested();
        _written.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
