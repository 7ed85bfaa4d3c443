// Owns: an array pool that counts rented arrays, and overwrites returned ones so that later use is detected.

using System.Buffers;
using System.Collections.Concurrent;

namespace TinyHost.Tests.Support;

internal sealed class CountingPool : ArrayPool<byte>
{
    private readonly ConcurrentDictionary<byte[], bool> _lent = new();
    private int _rented;

    /// <summary>The number of arrays rented now.</summary>
    internal int Lent => _lent.Count;

    /// <summary>The number of arrays rented so far.</summary>
    internal int Rented => _rented;

    /// <summary>The number of octets rented now.</summary>
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
