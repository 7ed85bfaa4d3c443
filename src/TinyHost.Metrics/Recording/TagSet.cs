// Owns: comparing tag sets as measurements carry them, in any order, without allocating.

using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>The values of held tags are fixed (<see cref="TagValue"/>): comparing them with any value runs code of .NET only.</summary>
internal static class TagSet
{
    /// <summary>True if names and strings are the same objects, and other values equal, in the same order.</summary>
    internal static bool AreSame(KeyValuePair<string, object?>[] held, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (held.Length != tags.Length)
        {
            return false;
        }

        for (var i = 0; i < held.Length && i < tags.Length; i++)
        {
            if (!ReferenceEquals(held[i].Key, tags[i].Key)
                || (!ReferenceEquals(held[i].Value, tags[i].Value)
                    && (held[i].Value is null or string || !held[i].Value!.Equals(tags[i].Value))))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True if both sets have the same tags, in any order.</summary>
    internal static bool AreEqual(KeyValuePair<string, object?>[] held, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (held.Length != tags.Length)
        {
            return false;
        }

        for (var i = 0; i < held.Length && i < tags.Length; i++)
        {
            if (!AreEqual(in held[i], in tags[i]))
            {
                return AreEqualInAnyOrder(held, tags);
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
            || (held.Value is string text
                ? tag.Value is string other && text == other
                : held.Value is not null && held.Value.Equals(tag.Value));
    }

    private static bool AreEqualInAnyOrder(KeyValuePair<string, object?>[] held, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (held.Length > 64)
        {
            return false;
        }

        // One bit for each held tag that has been matched: a name may occur twice.
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
