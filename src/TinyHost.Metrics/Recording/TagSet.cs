// Owns: telling tag sets apart as they come from a measurement, in whatever order, without allocating.
// Does not own: the labels they become (LabelSet).

using System.Numerics;
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
        foreach (ref readonly var tag in tags)
        {
            var state = (uint)(tag.Key?.Length ?? 0) ^ s_seed2;
            sum += tag.Value is string text ? HashText(text, state) : Fold((uint)(tag.Value?.GetHashCode() ?? 0) ^ s_seed1, state);
        }

        return (int)(sum ^ (sum >> 32));
    }

    /// <summary>
    /// A number that is mostly the same for the same tags in the same order, and costs next to nothing: it is made of where texts are, not of what
    /// they say. The garbage collector may move them, so it tells where to look first, and nothing else.
    /// </summary>
    internal static int Place(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        ulong sum = 0;
        foreach (ref readonly var tag in tags)
        {
            var value = tag.Value;
            sum = BitOperations.RotateLeft(sum, 21) ^ (value is null or string ? Unsafe.As<object?, nuint>(ref value) : (uint)value.GetHashCode());
        }

        return (int)((sum * 0x9E3779B97F4A7C15) >> 40);
    }

    /// <summary>Whether names and texts are the very same objects, and other values equal, in the same order.</summary>
    internal static bool AreSame(KeyValuePair<string, object?>[] held, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (held.Length != tags.Length)
        {
            return false;
        }

        for (var i = 0; i < held.Length && i < tags.Length; i++)
        {
            if (!ReferenceEquals(held[i].Key, tags[i].Key)
                || (!ReferenceEquals(held[i].Value, tags[i].Value) && (held[i].Value is null or string || !held[i].Value!.Equals(tags[i].Value))))
            {
                return false;
            }
        }

        return true;
    }

    internal static bool AreEqual(KeyValuePair<string, object?>[] held, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (held.Length != tags.Length)
        {
            return false;
        }

        // Names are nearly always the same objects each time, values often.
        for (var i = 0; i < held.Length && i < tags.Length; i++)
        {
            if (!ReferenceEquals(held[i].Key, tags[i].Key) || !ReferenceEquals(held[i].Value, tags[i].Value))
            {
                return AreEqualByValue(held, tags);
            }
        }

        return true;
    }

    /// <summary>True when the values cannot change, so that the set may serve as a key for good.</summary>
    internal static bool IsLasting(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (ref readonly var tag in tags)
        {
            if (tag.Value is not (null or string or ValueType))
            {
                return false;
            }
        }

        return true;
    }

    // Multiply and fold. A text of up to eight characters takes one step, from both its ends, which may overlap; a longer one, one more for
    // each eight. string.GetHashCode would cost as much as all the rest of recording a measurement.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong HashText(string text, ulong state)
    {
        if (text.Length >= 4)
        {
            return HashLonger(text, state);
        }

        // The first, the middle and the last: one to three characters, each at least once.
        var packed = text.Length == 0 ? 0 : text[0] | ((ulong)text[text.Length / 2] << 16) | ((ulong)text[^1] << 32);
        return Fold(packed ^ s_seed1, (ulong)text.Length ^ state);
    }

    private static ulong HashLonger(ReadOnlySpan<char> text, ulong state)
    {
        state ^= (ulong)text.Length;
        for (var rest = text; rest.Length > 8; rest = rest[8..])
        {
            state = Fold(FourOf(rest) ^ s_seed1, FourOf(rest[4..]) ^ state);
        }

        var last = text.Length > 8 ? text[^8..] : text;
        return Fold(FourOf(last) ^ s_seed1, FourOf(last[^4..]) ^ state);
    }

    private static ulong FourOf(ReadOnlySpan<char> text) => MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(text));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong x, ulong y)
    {
        var high = Math.BigMul(x, y, out var low);
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

    private static bool AreEqualByValue(KeyValuePair<string, object?>[] held, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        for (var i = 0; i < held.Length; i++)
        {
            if (!AreEqual(in held[i], in tags[i]))
            {
                return AreEqualInAnyOrder(held, tags);
            }
        }

        return true;
    }

    private static bool AreEqualInAnyOrder(KeyValuePair<string, object?>[] held, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (held.Length > 64)
        {
            return false;
        }

        // One bit for each held tag that has found its like; a name may come twice.
        ulong matched = 0;
        foreach (ref readonly var tag in tags)
        {
            var i = 0;
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
