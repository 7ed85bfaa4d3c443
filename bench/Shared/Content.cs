// Owns: what every .NET server of the benchmarks answers with, so that all of them send the same octets.
// Does not own: how a server sends it.

namespace TinyHost.Bench.Shared;

internal static class Content
{
    public const string TextType = "text/plain";
    public const string BinaryType = "application/octet-stream";
    public const string JsonType = "application/json";

    /// <summary>The content of <c>GET /</c>, 13 octets.</summary>
    public static readonly byte[] Text = "Hello, World!"u8.ToArray();

    /// <summary>The content of <c>GET /mebibyte</c>, made for the first of those.</summary>
    public static byte[] Mebibyte => field ??= MakeMebibyte();

    private static byte[] MakeMebibyte()
    {
        var content = new byte[1_048_576];
        content.AsSpan().Fill((byte)'x');
        return content;
    }
}
