// Owns: the response content shared by all .NET servers of the benchmarks.

namespace TinyHost.Bench.Shared;

internal static class Content
{
    public const string TextType = "text/plain";
    public const string BinaryType = "application/octet-stream";
    public const string JsonType = "application/json";

    /// <summary>The content of <c>GET /</c>, 13 bytes.</summary>
    public static readonly byte[] Text = "Hello, World!"u8.ToArray();

    /// <summary>The content of <c>GET /mebibyte</c>, created on first use.</summary>
    public static byte[] Mebibyte => field ??= MakeMebibyte();

    private static byte[] MakeMebibyte()
    {
        var content = new byte[1_048_576];
        content.AsSpan().Fill((byte)'x');
        return content;
    }
}
