// Owns: comparing entity tags, RFC 9110 §8.8.3.

namespace TinyHost;

internal static class EntityTag
{
    /// <summary>
    /// Whether a list of tags, as in If-Match, contains the strong <paramref name="tag"/>, or is <c>*</c>. Comparison is strong or weak
    /// (§8.8.3.2): strong, a weak tag never matches. What follows a malformed member is ignored.
    /// </summary>
    internal static bool IsIn(ReadOnlySpan<char> list, string tag, bool isStrong)
    {
        if (list.Trim(" \t") is "*")
        {
            return true;
        }

        while (true)
        {
            list = list.TrimStart(" \t,");
            var isWeak = list.StartsWith("W/");
            var rest = isWeak ? list[2..] : list;
            if (rest.IsEmpty || rest[0] != '"' || rest[1..].IndexOf('"') is not (>= 0 and var length))
            {
                return false;
            }

            if (rest[..(length + 2)].SequenceEqual(tag) && !(isStrong && isWeak))
            {
                return true;
            }

            list = rest[(length + 2)..].TrimStart(" \t");
            if (list.IsEmpty || list[0] != ',')
            {
                return false;
            }
        }
    }
}
