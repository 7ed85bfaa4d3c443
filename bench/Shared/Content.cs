// Owns: the response content shared by all .NET servers of the benchmarks.

namespace TinyHost.Bench.Shared;

internal static class Content
{
    public const string TextType = "text/plain";
    public const string BinaryType = "application/octet-stream";
    public const string JsonType = "application/json";

    /// <summary>The content of <c>GET /</c>, 13 bytes.</summary>
    public static readonly byte[] Text = "Hello, World!"u8.ToArray();

    /// <summary>The data of every event. The driver counts events by their one brace that opens.</summary>
    public const string Event = """{"sensor":"boiler","temperature":71.3,"pressure":1.42,"at":"2026-01-01T00:00:00Z"}""";

    /// <summary>The content of <c>GET /mebibyte</c>, created on first use.</summary>
    public static byte[] Mebibyte => field ??= MakeMebibyte();

    private static byte[] MakeMebibyte()
    {
        var content = new byte[1_048_576];
        content.AsSpan().Fill((byte)'x');
        return content;
    }
}
