// Owns: any JSON, as an element.

using System.ComponentModel;
using System.Runtime.InteropServices;
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
            // As it was sent: the element's own writing throws for half of a surrogate pair, which a peer may send.
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
        }
    }
}
