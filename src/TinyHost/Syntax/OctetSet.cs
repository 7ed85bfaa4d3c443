// Owns: finding the first octet that is not one of a set.
// Does not own: which octets make up which set (Octets). SearchValues would do, but some fifteen of its methods are compiled when they first
// run, which the first request would wait for. Here it is one; with Vector128.Shuffle it would be none, but long heads took up to a fifth longer.

using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace TinyHost;

/// <summary>A set of octets: a table of 16 rows, one for each low half of an octet, with a bit for each high half.</summary>
internal sealed class OctetSet
{
    private readonly bool[] _contains = new bool[256];
    // The bits of the high halves 0–7 and 8–15.
    private readonly Vector128<byte> _lower;
    private readonly Vector128<byte> _upper;

    internal OctetSet(params ReadOnlySpan<byte> octets)
    {
        Span<byte> rows = stackalloc byte[32];
        rows.Clear();
        foreach (var octet in octets)
        {
            _contains[octet] = true;
            rows[(octet & 0x0F) + (octet < 0x80 ? 0 : 16)] |= (byte)(1 << ((octet >> 4) & 7));
        }

        ref var first = ref MemoryMarshal.GetReference(rows);
        _lower = Vector128.LoadUnsafe(ref first);
        _upper = Vector128.LoadUnsafe(ref first, 16);
    }

    internal bool Contains(byte octet) => _contains[octet];

    /// <summary>Where the first octet is that is not of the set; -1 when all are.</summary>
    internal int IndexOfAnyExcept(ReadOnlySpan<byte> octets)
    {
        var i = 0;
        ref var first = ref MemoryMarshal.GetReference(octets);
        for (; i <= octets.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            var octet = Vector128.LoadUnsafe(ref first, (nuint)i);
            var low = octet & Vector128.Create((byte)0x0F);
            var high = (octet.AsUInt16() >>> 4).AsByte() & Vector128.Create((byte)0x0F);
            var found = (Look(_lower, low) & Look(Vector128.Create(1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0), high))
                | (Look(_upper, low) & Look(Vector128.Create(0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128), high));
            var others = Vector128.Equals(found, Vector128<byte>.Zero).ExtractMostSignificantBits();
            if (others != 0)
            {
                return i + BitOperations.TrailingZeroCount(others);
            }
        }

        for (; i < octets.Length; i++)
        {
            if (!_contains[octets[i]])
            {
                return i;
            }
        }

        return -1;
    }

    // The check of Native AOT is built for .NET 9, which has but the way that minds indices out of range. There are none.
    private static Vector128<byte> Look(Vector128<byte> table, Vector128<byte> indices) =>
#if NET10_0_OR_GREATER
        Vector128.ShuffleNative(table, indices);
#else
        Vector128.Shuffle(table, indices);
#endif
}
