// Owns: comparing a name or string of JSON with one that is known.
// Does not own: which names there are.

using System.Text.Json;

namespace JsonRpc;

internal static class JsonName
{
    /// <summary>
    /// Whether the text the reader stands on is <paramref name="name"/>, which must be ASCII without a backslash.
    /// The reader's own comparison throws for half a surrogate pair (<c>"\ud800"</c>), which RFC 8259 §8.2 lets a peer send.
    /// </summary>
    public static bool Is(this in Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        var beyondAscii = reader.ValueIsEscaped && (reader.ValueSpan.IndexOf("\\ud"u8) >= 0 || reader.ValueSpan.IndexOf("\\uD"u8) >= 0);
        return !beyondAscii && reader.ValueTextEquals(name);
    }
}
