// Owns: a growing run of octets in a pooled array.
// Does not own: sending it.

using System.Buffers;

namespace TinyHost;

/// <summary>Rents nothing while it is empty and released. Growing doubles the array.</summary>
internal sealed class PooledBuffer(ArrayPool<byte> pool, int initialSize) : IBufferWriter<byte>
{
    // What a message in a hundred needs must not stay with the connection.
    private const int KeepAtMost = 65_536;

    private byte[] _array = [];
    private bool _isHeld;

    internal int Count { get; private set; }

    internal ReadOnlySpan<byte> Written => _array.AsSpan(0, Count);

    internal ReadOnlyMemory<byte> WrittenMemory => _array.AsMemory(0, Count);

    /// <summary>
    /// As <see cref="GetMemory"/>, for memory that something may still be writing to at any later time. Until the next <see cref="Advance"/> the
    /// array never goes back to the pool: it is left to the garbage collector.
    /// </summary>
    internal Memory<byte> GetHeldMemory(int sizeHint)
    {
        var memory = GetMemory(sizeHint);
        _isHeld = true;
        return memory;
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _array.Length - Count);
        Count += count;
        _isHeld = false;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsMemory(Count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsSpan(Count);
    }

    internal void Write(ReadOnlySpan<byte> octets)
    {
        Reserve(octets.Length);
        octets.CopyTo(_array.AsSpan(Count));
        Count += octets.Length;
    }

    /// <summary>Forgets the octets, and keeps the array unless it is unusually large.</summary>
    internal void Clear()
    {
        Count = 0;
        if (_array.Length > KeepAtMost || _isHeld)
        {
            Release();
        }
    }

    /// <summary>Forgets the octets and gives the array back.</summary>
    internal void Release()
    {
        Count = 0;
        ReturnArray();
        _array = [];
    }

    private void ReturnArray()
    {
        if (_array.Length > 0 && !_isHeld)
        {
            pool.Return(_array);
        }

        _isHeld = false;
    }

    private void Reserve(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        if (_array.Length - Count >= Math.Max(size, 1))
        {
            return;
        }

        var needed = (long)Count + Math.Max(size, 1);
        var length = (int)Math.Min(Math.Max(Math.Max(needed, (long)_array.Length * 2), initialSize), Array.MaxLength);
        if (length < needed)
        {
            throw new InvalidOperationException("The buffered content exceeds 2 GiB: flush it as it is written.");
        }

        var larger = pool.Rent(length);
        Written.CopyTo(larger);
        ReturnArray();
        _array = larger;
    }
}
