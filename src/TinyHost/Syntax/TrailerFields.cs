// Owns: the fields that are forbidden in a trailer section, RFC 9110 §6.5.1, because they must be known before the content is read.

using System.Text;

namespace TinyHost;

internal static class TrailerFields
{
    private static readonly string[] s_forbidden =
    [
        // framing and connection management (RFC 9110 §7.6.1, RFC 9112 §6)
        "Connection", "Content-Length", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        // routing (RFC 9110 §7, RFC 7239)
        "Forwarded", "Host", "Max-Forwards", "Via", "X-Real-IP",
        // authentication (RFC 9110 §11, RFC 6265 §4)
        "Authorization", "Cookie", "Set-Cookie", "WWW-Authenticate",
        // request modifiers and controls (RFC 9110 §10.1, §13.1, §14.2, RFC 9111 §5)
        "Cache-Control", "Expect", "Pragma", "Range",
        // content format (RFC 9110 §8, RFC 6266); not Content-Digest, which is meant for trailers (RFC 9530 §2)
        "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Location", "Content-Range", "Content-Type",
    ];

    private static readonly string[] s_forbiddenPrefixes =
    [
        "Accept", "If-", "Proxy-", "X-Forwarded-",
    ];

    /// <summary>Moves the permitted lines to the front, and returns how many there are.</summary>
    internal static int MovePermitted(Span<FieldLine> lines, ReadOnlySpan<byte> octets)
    {
        var count = 0;
        foreach (var line in lines)
        {
            if (!IsForbidden(line.Name.Of(octets)))
            {
                lines[count++] = line;
            }
        }

        return count;
    }

    private static bool IsForbidden(ReadOnlySpan<byte> name)
    {
        foreach (var forbidden in s_forbidden)
        {
            if (Ascii.EqualsIgnoreCase(name, forbidden))
            {
                return true;
            }
        }

        foreach (var prefix in s_forbiddenPrefixes)
        {
            if (name.Length >= prefix.Length && Ascii.EqualsIgnoreCase(name[..prefix.Length], prefix))
            {
                return true;
            }
        }

        return false;
    }
}
