// Owns: an array pool that notices every misuse of an array: given back twice, written to afterwards, or used by an operation that outlives it.

using System.Buffers;
using System.Runtime.InteropServices;

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class GuardedPool(Faults faults) : ArrayPool<byte>
{
    private const byte Spoiled = 0xDD;

    private readonly Lock _lock = new();
    private readonly HashSet<byte[]> _lent = [];
    private readonly HashSet<byte[]> _returned = [];

    internal int Lent
    {
        get
        {
            lock (_lock)
            {
                return _lent.Count;
            }
        }
    }

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
                faults.Add("An array was returned to the pool twice, or was never rented.");
                return;
            }

            _returned.Add(array);
            Array.Fill(array, Spoiled);
        }
    }

    /// <summary>Whether memory that an operation is using lies in an array that was returned meanwhile.</summary>
    internal bool IsReturned(ReadOnlyMemory<byte> memory)
    {
        lock (_lock)
        {
            return MemoryMarshal.TryGetArray(memory, out var segment) && segment.Array is { } array && _returned.Contains(array);
        }
    }

    /// <summary>Reports what is still lent, and every array that was written to after its return.</summary>
    internal void Inspect()
    {
        lock (_lock)
        {
            if (_lent.Count > 0)
            {
                faults.Add($"{_lent.Count} arrays were never returned to the pool.");
            }

            if (_returned.Any(array => array.AsSpan().IndexOfAnyExcept(Spoiled) >= 0))
            {
                faults.Add("An array was written to after its return to the pool.");
            }
        }
    }
}
