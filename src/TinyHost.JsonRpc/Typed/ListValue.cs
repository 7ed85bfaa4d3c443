// Owns: lists and the interfaces of lists.

using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>Reads a <see cref="List{T}"/> for a parameter of that type or of an interface of it; writes any sequence.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct ListValue<TList, T, TValue> : IJsonRpcValue<TList>
    where TList : class, IEnumerable<T>
    where TValue : struct, IJsonRpcValue<T>
{
    /// <inheritdoc/>
    public static JsonRpcSchema Schema { get; } = JsonRpcSchema.ArrayOf(TValue.Schema);

    /// <inheritdoc/>
    public static bool TryRead(ref Utf8JsonReader reader, [MaybeNullWhen(false)] out TList value)
    {
        value = null;
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }

        var list = new List<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!TValue.TryRead(ref reader, out var item))
            {
                return false;
            }

            list.Add(item);
        }

        value = (TList)(object)list;
        return true;
    }

    /// <inheritdoc/>
    public static void Write(Utf8JsonWriter writer, TList value)
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
