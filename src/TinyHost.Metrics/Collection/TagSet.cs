// Owns: telling tag sets apart as they come from a measurement, in whatever order, without allocating.
// Does not own: the labels they become (LabelSet).

using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

internal static class TagSet
{
    /// <summary>The same for every order of the same tags. Values are hashed whole: they may come from a peer. Names come from the code, so a few of their characters do.</summary>
    internal static int Hash(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        uint sum = 0;
        foreach (ref readonly KeyValuePair<string, object?> tag in tags)
        {
            string name = tag.Key ?? "";
            uint hash = (uint)name.Length * 0x9E3779B1;
            if (name.Length > 0)
            {
                hash ^= ((uint)name[0] << 16) ^ ((uint)name[name.Length / 2] << 8) ^ name[^1];
            }

            // A string's GetHashCode is called as such, not through object, so that it can be inlined.
            hash = (hash * 0x85EBCA6B) ^ (uint)(tag.Value is string text ? text.GetHashCode(StringComparison.Ordinal) : tag.Value?.GetHashCode() ?? 0);
            hash *= 0xC2B2AE35;
            sum += hash ^ (hash >> 15);
        }

        return (int)sum;
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
