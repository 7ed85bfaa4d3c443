// Owns: the rule for route values, of {name} and {*name}: joined to a folder, a value names something inside it, on any system.

using System.Text;

namespace TinyHost;

internal static class RouteValue
{
    /// <summary>
    /// The value of a part of <see cref="Request.Path"/>, where only <c>%2F</c> and <c>%25</c> are still encoded. Decodes <c>%25</c>, drops
    /// slashes at the front, and encodes a backslash, NUL, the first dot of a segment of only dots and spaces, and the colon of a drive.
    /// </summary>
    internal static ReadOnlySpan<char> Of(ReadOnlySpan<char> part)
    {
        part = part.TrimStart('/');
        var start = 0;
        for (var i = 0; i <= part.Length; i++)
        {
            if (i < part.Length && part[i] is '%' or '\\' or '\0')
            {
                return Encode(part);
            }

            if (i == part.Length || part[i] == '/')
            {
                if (!IsName(part[start..i]))
                {
                    return Encode(part);
                }

                start = i + 1;
            }
        }

        return part;
    }

    private static string Encode(ReadOnlySpan<char> part)
    {
        var value = new StringBuilder(part.Length + 8);
        while (true)
        {
            var slash = part.IndexOf('/');
            EncodeSegment(value, slash < 0 ? part : part[..slash]);
            if (slash < 0)
            {
                return value.ToString();
            }

            value.Append('/');
            part = part[(slash + 1)..];
        }
    }

    private static void EncodeSegment(StringBuilder value, ReadOnlySpan<char> segment)
    {
        var (isDrive, isDots) = (IsDrive(segment), IsDots(segment));
        for (var i = 0; i < segment.Length; i++)
        {
            switch (segment[i])
            {
                case '\\':
                    value.Append("%5C");
                    break;
                case '\0':
                    value.Append("%00");
                    break;
                case ':' when isDrive && i == 1:
                    value.Append("%3A");
                    break;
                case '.' when isDots:
                    value.Append("%2E");
                    isDots = false;
                    break;
                case '%' when segment[i..].StartsWith("%25"):
                    value.Append('%');
                    i += 2;
                    break;
                default:
                    value.Append(segment[i]);
                    break;
            }
        }
    }

    private static bool IsName(ReadOnlySpan<char> segment) => !IsDrive(segment) && !IsDots(segment);

    private static bool IsDrive(ReadOnlySpan<char> segment) => segment.Length > 1 && segment[1] == ':' && char.IsAsciiLetter(segment[0]);

    // Windows drops dots and spaces at the end of a name: ".. " may mean the parent folder.
    private static bool IsDots(ReadOnlySpan<char> segment)
    {
        var hasDot = false;
        foreach (var character in segment)
        {
            if (character is not ('.' or ' '))
            {
                return false;
            }

            hasDot |= character == '.';
        }

        return hasDot;
    }
}
