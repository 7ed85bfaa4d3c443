// Owns: an array pool that detects double returns, writes after return, and operations on returned arrays.

using System.Buffers;
using System.Runtime.InteropServices;

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class GuardedPool(Failures failures) : ArrayPool<byte>
{
    private const byte Freed = 0xDD;

    private readonly Lock _lock = new();
    private readonly HashSet<byte[]> _lent = [];
    private readonly HashSet<byte[]> _returned = [];

    public override byte[] Rent(int minimumLength)
    {
        var array = new byte[minimumLength];
        lock (_lock)
        {
            _lent.Add(array);
        }

        return array;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        lock (_lock)
        {
            if (!_lent.Remove(array))
            {
                failures.Add("An array was returned to the pool twice, or was never rented.");
                return;
            }

            _returned.Add(array);
            Array.Fill(array, Freed);
        }
    }

    /// <summary>True if the memory belongs to an array that was returned.</summary>
    internal bool IsReturned(ReadOnlyMemory<byte> memory)
    {
        lock (_lock)
        {
            return MemoryMarshal.TryGetArray(memory, out var segment) && segment.Array is { } array && _returned.Contains(array);
        }
    }

    /// <summary>Reports arrays that were never returned, and writes to arrays after their return.</summary>
    internal void CheckAtEnd()
    {
        lock (_lock)
        {
            if (_lent.Count > 0)
            {
                failures.Add($"{_lent.Count} arrays were never returned to the pool.");
            }

            if (_returned.Any(array => array.AsSpan().IndexOfAnyExcept(Freed) >= 0))
            {
                failures.Add("An array was written to after its return to the pool.");
            }
        }
    }
}
