// Owns: reference types that may be null.

using System.ComponentModel;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>Reads and writes a reference that may be null.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct NullableReferenceValue<T, TValue> : IJsonRpcValue<T?>
    where T : class
    where TValue : struct, IJsonRpcValue<T>
{
    /// <inheritdoc/>
    public static JsonRpcSchema Schema { get; } = JsonRpcSchema.OrNull(TValue.Schema);

    /// <inheritdoc/>
    public static bool TryRead(ref Utf8JsonReader reader, out T? value)
    {
        value = null;
        return reader.TokenType == JsonTokenType.Null || TValue.TryRead(ref reader, out value);
    }

    /// <inheritdoc/>
    public static void Write(Utf8JsonWriter writer, T? value)
    {
        if (value is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            TValue.Write(writer, value);
        }
    }
}
