// Owns: collecting what an exporter writes, within its limit.

namespace TinyHost.Metrics;

/// <summary>A stream into memory. Writing throws once the exporter is cancelled or has written more than the limit.</summary>
/// <param name="capacity">The number of bytes expected.</param>
/// <param name="limit">The greatest number of bytes.</param>
/// <param name="cancelled">The token of the exporter.</param>
internal sealed class ExporterOutput(int capacity, int limit, CancellationToken cancelled) : Stream
{
    // Pieces rather than one growing array: an exporter without an end leaves no more garbage than its limit.
    private const int PieceSize = 65_536;
    private const int MinCapacity = 4_096;

    private readonly List<byte[]> _full = [];
    private byte[] _piece = new byte[Math.Max(capacity, MinCapacity)];
    private int _used;
    private int _length;

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
        if (_used > 0 && _piece[_used - 1] != '\n')
        {
            Append("\n"u8);
        }

        if (_full.Count == 0)
        {
            return _piece.AsMemory(0, _used);
        }

        var whole = new byte[_length];
        var at = 0;
        foreach (var piece in _full)
        {
            piece.CopyTo(whole, at);
            at += piece.Length;
        }

        _piece.AsSpan(0, _used).CopyTo(whole.AsSpan(at));
        return whole;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        cancelled.ThrowIfCancellationRequested();
        if (IsTooLarge || buffer.Length > limit - _length)
        {
            IsTooLarge = true;
            _full.Clear();
            (_piece, _used) = ([], 0);
            throw new ExporterTooLargeException(limit);
        }

        Append(buffer);
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

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _length += bytes.Length;
        while (true)
        {
            var fits = Math.Min(bytes.Length, _piece.Length - _used);
            bytes[..fits].CopyTo(_piece.AsSpan(_used));
            _used += fits;
            bytes = bytes[fits..];
            if (bytes.IsEmpty)
            {
                return;
            }

            _full.Add(_piece);
            (_piece, _used) = (new byte[PieceSize], 0);
        }
    }
}

/// <summary>An exporter that wrote more than <see cref="MetricsOptions.MaxExporterSize"/>.</summary>
internal sealed class ExporterTooLargeException(int limit, Exception? inner = null)
    : IOException($"The exporter wrote more than {limit} bytes ({nameof(MetricsOptions.MaxExporterSize)}).", inner);
