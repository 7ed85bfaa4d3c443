// Owns: hashing tag sets as measurements carry them, in any order, without allocating.

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TinyHost.Metrics;

internal static class TagHash
{
    private static readonly ulong s_seed1 = NewSeed();
    private static readonly ulong s_seed2 = NewSeed();

    /// <summary>
    /// A hash that does not depend on the order of the tags. Values may come from a peer, which must not be able to provoke collisions:
    /// they are hashed whole, with a seed of this process. Names come from the code: their lengths are enough. Returns false if a value
    /// is not fixed (<see cref="TagValue"/>).
    /// </summary>
    internal static bool TryHash(ReadOnlySpan<KeyValuePair<string, object?>> tags, out ulong hash)
    {
        ulong sum = 0;
        var isFixed = true;
        foreach (ref readonly var tag in tags)
        {
            var state = (uint)(tag.Key?.Length ?? 0) ^ s_seed2;
            if (tag.Value is string text)
            {
                sum += HashText(text, state);
            }
            else if (tag.Value is not null)
            {
                isFixed &= TagValue.TryHash(tag.Value, out var code);
                sum += Fold(code ^ s_seed1, state);
            }
        }

        hash = sum;
        return isFixed;
    }

    /// <summary>The part of a tag with this text in such a hash; 0 if the text is empty, which is no label.</summary>
    internal static ulong Of(ReadOnlySpan<char> text, int nameLength) => HashText(text, (uint)nameLength ^ s_seed2);

    /// <summary>
    /// A cheap hint where to look first: a hash of where the strings are in memory, not of their content. The garbage collector may move
    /// them, so the same tags may get another hint later.
    /// </summary>
    internal static int Hint(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        ulong sum = 0;
        foreach (ref readonly var tag in tags)
        {
            var value = tag.Value;
            sum = BitOperations.RotateLeft(sum, 21) ^ (value is null or string ? Unsafe.As<object?, nuint>(ref value) : HintOf(value));
        }

        return (int)((sum * 0x9E3779B97F4A7C15) >> 40);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint HintOf(object value) => value is int number ? (uint)number : TagValue.HintOf(value);

    // Multiply and fold: one step for up to eight characters, read from both ends (they may overlap), and one more for each further eight.
    // string.GetHashCode would cost as much as the rest of a measurement.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong HashText(ReadOnlySpan<char> text, ulong state)
    {
        if (text.Length >= 4)
        {
            return HashLongText(text, state);
        }

        if (text.Length == 0)
        {
            return 0;
        }

        // The first, middle and last of up to three characters cover them all.
        var packed = text[0] | ((ulong)text[text.Length / 2] << 16) | ((ulong)text[^1] << 32);
        return Fold(packed ^ s_seed1, (ulong)text.Length ^ state);
    }

    private static ulong HashLongText(ReadOnlySpan<char> text, ulong state)
    {
        state ^= (ulong)text.Length;
        for (var rest = text; rest.Length > 8; rest = rest[8..])
        {
            state = Fold(FirstFour(rest) ^ s_seed1, FirstFour(rest[4..]) ^ state);
        }

        var last = text.Length > 8 ? text[^8..] : text;
        return Fold(FirstFour(last) ^ s_seed1, FirstFour(last[^4..]) ^ state);
    }

    private static ulong FirstFour(ReadOnlySpan<char> text) => MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(text));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong x, ulong y)
    {
        var high = Math.BigMul(x, y, out var low);
        return high ^ low;
    }

    // A GUID is as random as RandomNumberGenerator, which would load OpenSSL.
    private static ulong NewSeed()
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.NewGuid().TryWriteBytes(bytes);
        return MemoryMarshal.Read<ulong>(bytes) ^ MemoryMarshal.Read<ulong>(bytes[sizeof(ulong)..]);
    }
}
