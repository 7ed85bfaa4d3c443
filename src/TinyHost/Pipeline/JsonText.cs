// Owns: what JSON text must satisfy before anything is made of it: valid Unicode (RFC 8259 §8), and names that do not repeat (§4).
// Does not own: its grammar, which System.Text.Json checks.

using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace TinyHost;

internal static class JsonText
{
    private const int EscapeSize = 6;

    /// <summary>Throws <see cref="JsonException"/> for octets that are not UTF-8 and for half of a surrogate pair written as an escape.</summary>
    internal static void ThrowUnlessUnicode(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            throw new JsonException("The text is not valid UTF-8 (RFC 8259 §8.1).");
        }

        // Outside strings JSON has no backslash, so what follows one is an escape.
        for (var at = json.IndexOf((byte)'\\'); at >= 0; at = json.IndexOf((byte)'\\'))
        {
            json = json[at..];
            var unit = EscapedUnit(json);
            if (char.IsLowSurrogate(unit) || (char.IsHighSurrogate(unit) && !char.IsLowSurrogate(EscapedUnit(json[EscapeSize..]))))
            {
                throw new JsonException("A string has half of a surrogate pair (RFC 8259 §8.2).");
            }

            // The second character of an escape may be a backslash itself.
            json = json[Math.Min(char.IsHighSurrogate(unit) ? 2 * EscapeSize : 2, json.Length)..];
        }
    }

    /// <summary>Throws <see cref="JsonException"/> when an object has two members of the same name, or the text is not JSON.</summary>
    internal static void ThrowIfNamesRepeat(ReadOnlyMemory<byte> json, JsonSerializerOptions options) =>
        JsonDocument.Parse(json, new JsonDocumentOptions
        {
            AllowDuplicateProperties = false,
            AllowTrailingCommas = options.AllowTrailingCommas,
            CommentHandling = options.ReadCommentHandling,
            MaxDepth = options.MaxDepth,
        }).Dispose();

    // The UTF-16 unit of \uXXXX at the start; NUL for any other escape, and for a malformed one, which System.Text.Json refuses.
    private static char EscapedUnit(ReadOnlySpan<byte> json) =>
        json.Length >= EscapeSize && json[0] == (byte)'\\' && json[1] == (byte)'u'
        && Utf8Parser.TryParse(json[2..EscapeSize], out ushort unit, out var used, 'x') && used == 4
            ? (char)unit
            : '\0';
}
