// Owns: an array pool that knows what it has lent, and spoils what comes back so that a late user shows.

using System.Buffers;
using System.Collections.Concurrent;

namespace TinyHost.Tests.Support;

internal sealed class CountingPool : ArrayPool<byte>
{
    private readonly ConcurrentDictionary<byte[], bool> _lent = new();
    private int _rented;

    /// <summary>How many arrays are out now.</summary>
    internal int Lent => _lent.Count;

    /// <summary>How many were ever rented.</summary>
    internal int Rented => _rented;

    /// <summary>The octets that are out now.</summary>
    internal long LentOctets => _lent.Keys.Sum(array => (long)array.Length);

    public override byte[] Rent(int minimumLength)
    {
        var array = new byte[minimumLength];
        Interlocked.Increment(ref _rented);
        _lent[array] = true;
        return array;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        if (!_lent.TryRemove(array, out _))
        {
            throw new InvalidOperationException("An array was returned twice, or never rented.");
        }

        Array.Fill(array, (byte)0xDD);
    }
}
