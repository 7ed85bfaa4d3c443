// Owns: comparing a JSON string with a known name.

using System.Text.Json;

namespace TinyHost.JsonRpc;

internal static class JsonName
{
    /// <summary>
    /// Whether the reader's current string equals <paramref name="name"/>, which must not contain a backslash or a surrogate. The reader's
    /// own comparison throws for an unpaired surrogate (<c>"\ud800"</c>), which RFC 8259 §8.2 lets a peer send.
    /// </summary>
    public static bool Is(this in Utf8JsonReader reader, ReadOnlySpan<byte> name) =>
        !(reader.ValueIsEscaped && HasSurrogate(reader.ValueSpan)) && reader.ValueTextEquals(name);

    // \uD800 to \uDFFF. An escaped backslash before it may deceive this test, but then the string has a backslash and equals no name.
    private static bool HasSurrogate(ReadOnlySpan<byte> text)
    {
        for (var at = text.IndexOf((byte)'\\'); at >= 0; at = text.IndexOf((byte)'\\'))
        {
            text = text[(at + 1)..];
            if (text.Length >= 3 && text[0] == (byte)'u' && (text[1] | 0x20) == 'd' && text[2] >= (byte)'8')
            {
                return true;
            }
        }

        return false;
    }
}
