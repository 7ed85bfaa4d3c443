// Owns: decimal.

using System.ComponentModel;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>Reads and writes <see cref="decimal"/>. A number beyond the type's range is refused.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct DecimalValue : IJsonRpcValue<decimal>
{
    /// <inheritdoc/>
    public static JsonRpcSchema Schema { get; } = JsonRpcSchema.FromText("""{"type":"number"}""");

    /// <inheritdoc/>
    public static bool TryRead(ref Utf8JsonReader reader, out decimal value)
    {
        value = default;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out value);
    }

    /// <inheritdoc/>
    public static void Write(Utf8JsonWriter writer, decimal value) => writer.WriteNumberValue(value);
}
