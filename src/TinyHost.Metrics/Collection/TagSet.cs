// Owns: telling tag sets apart as they come from a measurement, in whatever order, without allocating.
// Does not own: the labels they become (LabelSet).

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TinyHost.Metrics;

internal static class TagSet
{
    /// <summary>
    /// The same for every order of the same tags. Values are hashed whole and with a seed of the process's own: they may come from a peer, who
    /// must not be able to make chains long. Names come from the code, so their lengths do.
    /// </summary>
    internal static int Hash(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        ulong sum = 0;
        foreach (ref readonly KeyValuePair<string, object?> tag in tags)
        {
            ulong state = (uint)(tag.Key?.Length ?? 0) ^ s_seed2;
            sum += tag.Value is string text ? HashText(text, state) : Fold((uint)(tag.Value?.GetHashCode() ?? 0) ^ s_seed1, state);
        }

        return (int)(sum ^ (sum >> 32));
    }

    internal static bool AreEqual(KeyValuePair<string, object?>[] held, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (held.Length != tags.Length)
        {
            return false;
        }

        for (int i = 0; i < held.Length; i++)
        {
            if (!AreEqual(in held[i], in tags[i]))
            {
                return AreEqualInAnyOrder(held, tags);
            }
        }

        return true;
    }

    /// <summary>True when the values cannot change, so that the set may serve as a key for good.</summary>
    internal static bool IsLasting(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (ref readonly KeyValuePair<string, object?> tag in tags)
        {
            if (tag.Value is not (null or string or ValueType))
            {
                return false;
            }
        }

        return true;
    }

    // Multiply and fold, sixteen octets a step; the last step takes the last sixteen, again if need be. string.GetHashCode would cost as much as
    // all the rest of recording a measurement.
    private static ulong HashText(string text, ulong state)
    {
        ReadOnlySpan<byte> octets = MemoryMarshal.AsBytes(text.AsSpan());
        int length = octets.Length;
        ulong first;
        ulong second;
        if (length >= 16)
        {
            ReadOnlySpan<byte> rest = octets;
            for (; rest.Length > 16; rest = rest[16..])
            {
                state = Fold(MemoryMarshal.Read<ulong>(rest) ^ s_seed1, MemoryMarshal.Read<ulong>(rest[8..]) ^ state);
            }

            first = MemoryMarshal.Read<ulong>(octets[(length - 16)..]);
            second = MemoryMarshal.Read<ulong>(octets[(length - 8)..]);
        }
        else if (length >= 8)
        {
            first = MemoryMarshal.Read<ulong>(octets);
            second = MemoryMarshal.Read<ulong>(octets[(length - 8)..]);
        }
        else if (length >= 4)
        {
            first = MemoryMarshal.Read<uint>(octets);
            second = MemoryMarshal.Read<uint>(octets[(length - 4)..]);
        }
        else
        {
            first = length > 0 ? text[0] : 0u;
            second = 0;
        }

        return Fold(first ^ s_seed1 ^ (ulong)length, second ^ state);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong x, ulong y)
    {
        ulong high = Math.BigMul(x, y, out ulong low);
        return high ^ low;
    }

    private static readonly ulong s_seed1 = NewSeed();
    private static readonly ulong s_seed2 = NewSeed();

    // A new GUID is the operating system's randomness too; RandomNumberGenerator would load OpenSSL, 5 MB, for nothing else.
    private static ulong NewSeed()
    {
        Span<byte> octets = stackalloc byte[16];
        Guid.NewGuid().TryWriteBytes(octets);
        return MemoryMarshal.Read<ulong>(octets) ^ MemoryMarshal.Read<ulong>(octets[sizeof(ulong)..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreEqual(in KeyValuePair<string, object?> held, in KeyValuePair<string, object?> tag)
    {
        if (!ReferenceEquals(held.Key, tag.Key) && held.Key != tag.Key)
        {
            return false;
        }

        return ReferenceEquals(held.Value, tag.Value)
            || (held.Value is string text ? tag.Value is string other && text == other : held.Value is not null && held.Value.Equals(tag.Value));
    }

    private static bool AreEqualInAnyOrder(KeyValuePair<string, object?>[] held, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (held.Length > 64)
        {
            return false;
        }

        // One bit for each held tag that has found its like; a name may come twice.
        ulong matched = 0;
        foreach (ref readonly KeyValuePair<string, object?> tag in tags)
        {
            int i = 0;
            while (i < held.Length && ((matched & (1UL << i)) != 0 || !AreEqual(in held[i], in tag)))
            {
                i++;
            }

            if (i == held.Length)
            {
                return false;
            }

            matched |= 1UL << i;
        }

        return true;
    }
}
