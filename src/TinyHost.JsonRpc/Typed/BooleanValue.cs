// Owns: true and false.

using System.ComponentModel;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>Reads and writes <see cref="bool"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct BooleanValue : IJsonRpcValue<bool>
{
    /// <inheritdoc/>
    public static JsonRpcSchema Schema { get; } = JsonRpcSchema.FromText("""{"type":"boolean"}""");

    /// <inheritdoc/>
    public static bool TryRead(ref Utf8JsonReader reader, out bool value)
    {
        value = reader.TokenType == JsonTokenType.True;
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False;
    }

    /// <inheritdoc/>
    public static void Write(Utf8JsonWriter writer, bool value) => writer.WriteBooleanValue(value);
}
