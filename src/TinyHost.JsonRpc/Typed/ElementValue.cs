// Owns: any JSON, as an element.

using System.ComponentModel;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>Reads and writes <see cref="JsonElement"/>: any value, null included. An element without a value is written as null.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct ElementValue : IJsonRpcValue<JsonElement>
{
    /// <inheritdoc/>
    public static JsonRpcSchema Schema { get; } = JsonRpcSchema.FromText("{}");

    /// <inheritdoc/>
    public static bool TryRead(ref Utf8JsonReader reader, out JsonElement value)
    {
        value = JsonElement.ParseValue(ref reader);
        return true;
    }

    /// <inheritdoc/>
    public static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined)
        {
            writer.WriteNullValue();
        }
        else
        {
            value.WriteTo(writer);
        }
    }
}
