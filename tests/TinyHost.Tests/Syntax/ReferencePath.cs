// Owns: a simple implementation of RFC 3986 §2.1 and §5.2.4 for paths, which also merges repeated slashes, to test TargetPath. Shares no
// code with src/.

using System.Globalization;
using System.Text;

namespace TinyHost.Tests.Syntax;

internal static class ReferencePath
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The path decoded and without dot segments, or null for a malformed triplet or NUL.</summary>
    internal static string? Normalize(string path)
    {
        var kept = new List<string>();
        var segments = path.Split('/')[1..];
        for (var i = 0; i < segments.Length; i++)
        {
            if (Decode(segments[i]) is not { } segment)
            {
                return null;
            }

            var isLast = i == segments.Length - 1;
            if (segment == "" && !isLast)
            {
                continue;
            }

            if (segment == ".." && kept.Count > 0)
            {
                kept.RemoveAt(kept.Count - 1);
            }

            if (segment is not ("." or ".."))
            {
                kept.Add(segment);
            }
            else if (isLast)
            {
                kept.Add("");
            }
        }

        return "/" + string.Join('/', kept);
    }

    private static string? Decode(string segment)
    {
        // The octets, each with whether it was encoded.
        var octets = new List<(byte Octet, bool IsEncoded)>();
        for (var i = 0; i < segment.Length; i++)
        {
            if (segment[i] != '%')
            {
                octets.Add(((byte)segment[i], false));
                continue;
            }

            if (i + 2 >= segment.Length
                || !byte.TryParse(segment.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet)
                || octet == 0)
            {
                return null;
            }

            octets.Add((octet, true));
            i += 2;
        }

        var text = new StringBuilder();
        for (var i = 0; i < octets.Count;)
        {
            var (octet, isEncoded) = octets[i];
            var decoded = octet is (byte)'/' or (byte)'%' ? null : Character(octets, i);
            if (!isEncoded || decoded is not null)
            {
                text.Append(isEncoded ? decoded : ((char)octet).ToString());
                i += isEncoded ? Encoding.UTF8.GetByteCount(decoded!) : 1;
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
                i++;
            }
        }

        return text.ToString();
    }

    /// <summary>The character whose percent-encoded UTF-8 begins at an octet, or null.</summary>
    private static string? Character(List<(byte Octet, bool IsEncoded)> octets, int start)
    {
        for (var length = 1; length <= 4 && start + length <= octets.Count; length++)
        {
            var sequence = octets.GetRange(start, length);
            if (!sequence.TrueForAll(o => o.IsEncoded))
            {
                return null;
            }

            try
            {
                return s_strict.GetString([.. sequence.Select(o => o.Octet)]);
            }
            catch (DecoderFallbackException)
            {
                // Not complete yet, or not UTF-8.
            }
        }

        return null;
    }
}
