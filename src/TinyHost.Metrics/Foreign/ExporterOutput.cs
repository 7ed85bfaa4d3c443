// Owns: collecting what an exporter writes, within its limit.

namespace TinyHost.Metrics;

/// <summary>A stream into memory. Writing throws once the exporter is cancelled, has ended, or has written more than the limit.</summary>
/// <param name="memory">The memory, as much as is expected.</param>
/// <param name="limit">The greatest number of bytes.</param>
/// <param name="cancelled">The token of the exporter.</param>
internal sealed class ExporterOutput(byte[] memory, int limit, CancellationToken cancelled) : Stream
{
    // Pieces rather than one growing array: an exporter without an end leaves no more garbage than its limit.
    private const int PieceSize = 65_536;

    // An exporter may write from several threads, and go on after its task has ended, when the memory belongs to others.
    private readonly Lock _gate = new();
    private readonly List<byte[]> _full = [];
    private byte[] _piece = memory;
    private int _used;
    private int _length;
    private bool _completed;

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

    /// <summary>Ends writing. Returns what was written, with a line feed at the end of the last line, and the memory it is in.</summary>
    internal (ReadOnlyMemory<byte> Text, byte[] Memory) Complete()
    {
        lock (_gate)
        {
            if (_used > 0 && _piece[_used - 1] != '\n')
            {
                Append("\n"u8);
            }

            _completed = true;
            if (_full.Count == 0)
            {
                return (_piece.AsMemory(0, _used), _piece);
            }

            var whole = GC.AllocateUninitializedArray<byte>(_length);
            var at = 0;
            foreach (var piece in _full)
            {
                piece.CopyTo(whole, at);
                at += piece.Length;
            }

            _piece.AsSpan(0, _used).CopyTo(whole.AsSpan(at));
            Drop();
            return (whole, whole);
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        cancelled.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_completed, this);
            if (!IsTooLarge && buffer.Length > limit - _length)
            {
                IsTooLarge = true;
                Drop();
            }

            if (IsTooLarge)
            {
                throw new ExporterTooLargeException(limit);
            }

            Append(buffer);
        }
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

    private void Drop()
    {
        _full.Clear();
        (_piece, _used) = ([], 0);
    }
}

/// <summary>An exporter that wrote more than <see cref="MetricsOptions.MaxExporterSize"/>.</summary>
internal sealed class ExporterTooLargeException(int limit, Exception? inner = null)
    : IOException($"The exporter wrote more than {limit} bytes ({nameof(MetricsOptions.MaxExporterSize)}).", inner);
