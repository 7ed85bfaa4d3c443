// Owns: bytes in a growing array from a pool: when the array is rented, doubled, kept and returned.

using System.Buffers;

namespace TinyHost;

/// <summary>Holds no array before the first write and after <see cref="Release"/>.</summary>
internal sealed class PooledBuffer(ArrayPool<byte> pool, int initialSize) : IBufferWriter<byte>
{
    // A connection must not keep an array that only one message in a hundred needs.
    private const int MaxKept = 65_536;

    private byte[] _array = [];
    private bool _isHeld;

    internal int Count { get; private set; }

    internal bool IsFull => Count == _array.Length;

    /// <summary>The bytes in the buffer. Valid until the next write.</summary>
    internal Span<byte> Written => _array.AsSpan(0, Count);

    internal ReadOnlyMemory<byte> WrittenMemory => _array.AsMemory(0, Count);

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_array.AsSpan(Count));
        Count += bytes.Length;
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

    /// <summary>
    /// Like <see cref="GetMemory"/>, for callers that may write to the memory at any later time. Unless <see cref="Advance"/> is called,
    /// the array is left to the garbage collector instead of being returned to the pool.
    /// </summary>
    internal Memory<byte> GetHeldMemory(int sizeHint)
    {
        var memory = GetMemory(sizeHint);
        _isHeld = true;
        return memory;
    }

    /// <summary>Keeps the first <paramref name="count"/> bytes.</summary>
    internal void Truncate(int count) => Count = count;

    /// <summary>Removes bytes and closes the gap.</summary>
    internal void Remove(int start, int count)
    {
        Written[(start + count)..].CopyTo(Written[start..]);
        Count -= count;
    }

    /// <summary>Removes all bytes. Keeps the array unless it is unusually large.</summary>
    internal void Clear()
    {
        Count = 0;
        if (_array.Length > MaxKept || _isHeld)
        {
            Release();
        }
    }

    /// <summary>Removes all bytes and returns the array.</summary>
    internal void Release()
    {
        Count = 0;
        ReplaceArray([]);
    }

    private void Reserve(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        var needed = (long)Count + Math.Max(size, 1);
        if (needed > _array.Length)
        {
            Grow(needed);
        }
    }

    private void Grow(long needed)
    {
        if (needed > Array.MaxLength)
        {
            throw new InvalidOperationException("The buffered content exceeds 2 GiB. Flush it while writing.");
        }

        var larger = pool.Rent((int)Math.Min(Math.Max(Math.Max(needed, _array.Length * 2L), initialSize), Array.MaxLength));
        Written.CopyTo(larger);
        ReplaceArray(larger);
    }

    private void ReplaceArray(byte[] array)
    {
        if (_array.Length > 0 && !_isHeld)
        {
            pool.Return(_array);
        }

        _array = array;
        _isHeld = false;
    }
}
