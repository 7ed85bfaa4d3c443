// Owns: decoding application/x-www-form-urlencoded, the format of queries and forms: the parser of WHATWG's URL standard, §5.1.

using System.Text;

namespace TinyHost;

internal static class UrlEncoded
{
    private const int SmallText = 512;

    /// <summary>
    /// Reads all pairs: <c>&amp;</c> separates them, <c>+</c> is a space, a <c>%</c> that starts no triplet stays, and bytes that are not
    /// UTF-8 become U+FFFD. Null if there are more than <paramref name="maxPairs"/>.
    /// </summary>
    internal static List<KeyValuePair<string, string>>? Read(ReadOnlySpan<byte> octets, int maxPairs)
    {
        List<KeyValuePair<string, string>> pairs = [];
        foreach (var range in octets.Split((byte)'&'))
        {
            var pair = octets[range];
            if (pair.IsEmpty)
            {
                continue;
            }

            if (pairs.Count == maxPairs)
            {
                return null;
            }

            var equals = pair.IndexOf((byte)'=');
            pairs.Add(equals < 0 ? new(Decode(pair), "") : new(Decode(pair[..equals]), Decode(pair[(equals + 1)..])));
        }

        return pairs;
    }

    private static string Decode(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAny((byte)'%', (byte)'+') < 0)
        {
            return Encoding.UTF8.GetString(text);
        }

        var decoded = text.Length <= SmallText ? stackalloc byte[SmallText] : new byte[text.Length];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var octet = text[i];
            if (TargetPath.TripletValue(text[i..]) is >= 0 and var value)
            {
                octet = (byte)value;
                i += 2;
            }
            else if (octet == '+')
            {
                octet = (byte)' ';
            }

            decoded[count++] = octet;
        }

        return Encoding.UTF8.GetString(decoded[..count]);
    }
}
