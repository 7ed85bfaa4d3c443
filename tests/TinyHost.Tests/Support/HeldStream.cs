// Owns: a stream whose writes can be held back and seen, and whose reads are recorded.

namespace TinyHost.Tests.Support;

internal sealed class HeldStream(Stream inner) : Stream
{
    private readonly List<byte> _held = [];
    private readonly List<byte> _read = [];
    private bool _isHolding;

    /// <summary>All octets read so far.</summary>
    internal IReadOnlyList<byte> AllRead => _read;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    internal void Hold() => _isHolding = true;

    /// <summary>Sends these octets together with the next write.</summary>
    internal void SendFirst(byte[] octets) => _held.AddRange(octets);

    /// <summary>Takes what was written since <see cref="Hold"/>.</summary>
    internal byte[] Take()
    {
        var taken = _held.ToArray();
        _held.Clear();
        return taken;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        _read.AddRange(buffer[..count].ToArray());
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isHolding)
        {
            _held.AddRange(buffer.ToArray());
        }
        else
        {
            await inner.WriteAsync((byte[])[.. Take(), .. buffer.Span], cancellationToken);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
