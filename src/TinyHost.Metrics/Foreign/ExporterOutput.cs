// Owns: collecting what an exporter writes, within its limit.

namespace TinyHost.Metrics;

/// <summary>A stream into memory. Writing throws once the exporter is cancelled or has written more than the limit.</summary>
/// <param name="capacity">The number of bytes expected.</param>
/// <param name="limit">The greatest number of bytes.</param>
/// <param name="cancelled">The token of the exporter.</param>
internal sealed class ExporterOutput(int capacity, int limit, CancellationToken cancelled) : Stream
{
    private readonly MemoryStream _written = new(capacity);

    /// <summary>Whether the exporter has written more than the limit. What it wrote is dropped.</summary>
    internal bool IsTooLarge { get; private set; }

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
        if (IsTooLarge || buffer.Length > limit - _written.Length)
        {
            IsTooLarge = true;
            _written.SetLength(0);
            _written.Capacity = 0;
            throw new ExporterTooLargeException(limit);
        }

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

/// <summary>An exporter that wrote more than <see cref="MetricsOptions.MaxExporterSize"/>.</summary>
internal sealed class ExporterTooLargeException(int limit, Exception? inner = null)
    : IOException($"The exporter wrote more than {limit} bytes ({nameof(MetricsOptions.MaxExporterSize)}).", inner);
