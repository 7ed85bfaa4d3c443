// Owns: value types that may be null.

using System.ComponentModel;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>Reads and writes a <see cref="Nullable{T}"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct NullableValue<T, TValue> : IJsonRpcValue<T?>
    where T : struct
    where TValue : struct, IJsonRpcValue<T>
{
    /// <inheritdoc/>
    public static JsonRpcSchema Schema { get; } = JsonRpcSchema.OrNull(TValue.Schema);

    /// <inheritdoc/>
    public static bool TryRead(ref Utf8JsonReader reader, out T? value)
    {
        value = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        var isRead = TValue.TryRead(ref reader, out var inner);
        value = inner;
        return isRead;
    }

    /// <inheritdoc/>
    public static void Write(Utf8JsonWriter writer, T? value)
    {
        if (value is { } inner)
        {
            TValue.Write(writer, inner);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
