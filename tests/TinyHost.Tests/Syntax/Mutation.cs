// Owns: mutating the octets of a message in ways that break parsers.

using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Syntax;

internal static class Mutation
{
    /// <summary>The cases to start from. Long cases consist of repetitions and would only slow the fuzzer down.</summary>
    private static readonly byte[][] s_seeds = [.. Corpus.All.Select(c => c.Octets).Where(o => o.Length < 1_500)];

    private static readonly byte[][] s_fragments =
    [
        .. new[]
        {
            "\r\n", "\r\n\r\n", "\n", "\r", " ", "\t", ":", ",", ";", "=", "\"", "\\", "%", "%00", "%2e", "%5C", "%C3",
            "?", "#", "<", ">", "^", "`", "{", "|", "}", "[]", "100%", "/", "//", "..", "@", "[", "]", "[::1]", "::", "*",
            "0", "1", "9", "f", "00000000", "FFFFFFFFFFFFFFFF", "\0", "\u007F", "\u0080", "\u00FF", "\u000B", "\u0001",
            "GET ", "POST ", "CONNECT ", "OPTIONS ", "HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "http://", "https://b:80",
            "Host: a\r\n", "Host: b\r\n", "Content-Length: 5\r\n", "Content-Length: 0\r\n",
            "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip\r\n",
            "Connection: close\r\n", "Connection: keep-alive, upgrade\r\n", "Upgrade: x\r\n", "Expect: 100-continue\r\n", "X: y\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "5\r\nhello\r\n", "0\r\n", "0\r\n\r\n", ";a=b", ";a=\"b\"", "Trailer: X\r\n",
        }.Select(Encoding.Latin1.GetBytes),
    ];

    /// <summary>A case of the corpus with one to four changes.</summary>
    internal static byte[] Next(Random random)
    {
        List<byte> octets = [.. Pick(s_seeds, random)];
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            Change(octets, random);
        }

        return [.. octets];
    }

    private static void Change(List<byte> octets, Random random)
    {
        var at = random.Next(octets.Count + 1);
        var count = Math.Min(random.Next(1, 9), octets.Count - at);
        switch (random.Next(8))
        {
            case 0:
                octets.Insert(at, (byte)random.Next(256));
                break;
            case 1:
                octets.InsertRange(at, Pick(s_fragments, random));
                break;
            case 2:
                octets.RemoveRange(at, count);
                break;
            case 3:
                octets.InsertRange(at, octets.GetRange(at, count));
                break;
            case 4:
                octets.Reverse(at, count);
                break;
            case 5:
                octets.RemoveRange(at, octets.Count - at);
                break;
            case 6:
                var other = Pick(s_seeds, random);
                octets.RemoveRange(at, octets.Count - at);
                octets.AddRange(other[random.Next(other.Length)..]);
                break;
            default:
                if (count > 0)
                {
                    octets[at] = (byte)(octets[at] ^ (1 << random.Next(8)));
                }

                break;
        }
    }

    private static T Pick<T>(T[] choices, Random random) => choices[random.Next(choices.Length)];
}
