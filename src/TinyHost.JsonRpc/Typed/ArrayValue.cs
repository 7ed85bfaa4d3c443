// Owns: arrays.

using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>Reads and writes an array.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct ArrayValue<T, TValue> : IJsonRpcValue<T[]>
    where TValue : struct, IJsonRpcValue<T>
{
    /// <inheritdoc/>
    public static JsonRpcSchema Schema { get; } = JsonRpcSchema.ArrayOf(TValue.Schema);

    /// <inheritdoc/>
    public static bool TryRead(ref Utf8JsonReader reader, [MaybeNullWhen(false)] out T[] value)
    {
        var isRead = ListValue<List<T>, T, TValue>.TryRead(ref reader, out var list);
        value = list?.ToArray();
        return isRead;
    }

    /// <inheritdoc/>
    public static void Write(Utf8JsonWriter writer, T[] value)
    {
        if (value is null)
        {
            // From code without nullable annotations.
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartArray();
        foreach (var item in value)
        {
            TValue.Write(writer, item);
        }

        writer.WriteEndArray();
    }
}
