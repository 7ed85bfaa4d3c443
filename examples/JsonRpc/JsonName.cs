// Owns: comparing a JSON string with a known ASCII name.

using System.Text.Json;

namespace JsonRpc;

internal static class JsonName
{
    /// <summary>
    /// Whether the reader's current string equals <paramref name="name"/>, which must be ASCII without a backslash.
    /// The reader's own comparison throws for an unpaired surrogate (<c>"\ud800"</c>), which RFC 8259 §8.2 lets a peer send.
    /// </summary>
    public static bool Is(this in Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        var beyondAscii = reader.ValueIsEscaped && (reader.ValueSpan.IndexOf("\\ud"u8) >= 0 || reader.ValueSpan.IndexOf("\\uD"u8) >= 0);
        return !beyondAscii && reader.ValueTextEquals(name);
    }
}
