// Owns: strings.

using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>Reads and writes <see cref="string"/>. A string with an unpaired surrogate (<c>"\ud800"</c>) is refused.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct StringValue : IJsonRpcValue<string>
{
    /// <inheritdoc/>
    public static JsonRpcSchema Schema { get; } = JsonRpcSchema.FromText("""{"type":"string"}""");

    /// <inheritdoc/>
    public static bool TryRead(ref Utf8JsonReader reader, [MaybeNullWhen(false)] out string value)
    {
        value = null;
        if (reader.TokenType != JsonTokenType.String)
        {
            return false;
        }

        try
        {
            value = reader.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            // The reader's answer to an unpaired surrogate.
            return false;
        }
    }

    /// <inheritdoc/>
    public static void Write(Utf8JsonWriter writer, string value) => writer.WriteStringValue(value);
}
