// Owns: percent-encoding the characters that RFC 3986 allows in no URI, in text sent or logged as a URI.

using System.Globalization;
using System.Text;

namespace TinyHost;

internal static class UriText
{
    /// <summary>
    /// Percent-encodes, as UTF-8, every character outside RFC 3986's grammar, including tabs and each <c>%</c> that starts no triplet.
    /// Other control characters stay, for the caller to reject. Returns the same object when there is nothing to encode.
    /// </summary>
    internal static string Encode(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!IsAllowed(text, i))
            {
                return Encode(text, i);
            }
        }

        return text;
    }

    private static string Encode(string text, int first)
    {
        var encoded = new StringBuilder(text, 0, first, text.Length + 16);
        Span<byte> octets = stackalloc byte[4];
        for (var i = first; i < text.Length;)
        {
            if (IsAllowed(text, i))
            {
                encoded.Append(text[i++]);
                continue;
            }

            // Half of a surrogate pair becomes U+FFFD.
            _ = Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out var length);
            i += length;
            foreach (var octet in octets[..rune.EncodeToUtf8(octets)])
            {
                encoded.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
            }
        }

        return encoded.ToString();
    }

    private static bool IsAllowed(string text, int index) => text[index] switch
    {
        '%' => index + 2 < text.Length && char.IsAsciiHexDigit(text[index + 1]) && char.IsAsciiHexDigit(text[index + 2]),
        '"' or '<' or '>' or '\\' or '^' or '`' or '{' or '|' or '}' or ' ' or '\t' => false,
        var character => char.IsAscii(character),
    };
}
