// Owns: float and double.

using System.ComponentModel;
using System.Numerics;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>
/// Reads and writes <see cref="float"/> and <see cref="double"/>. A number beyond the type's range is refused. JSON has neither infinity
/// nor NaN: writing them throws <see cref="ArgumentException"/>.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct FloatValue<T> : IJsonRpcValue<T>
    where T : struct, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public static JsonRpcSchema Schema { get; } = JsonRpcSchema.FromText(
        $$"""{"type":"number","format":"{{(typeof(T) == typeof(float) ? "float" : "double")}}"}""");

    /// <inheritdoc/>
    public static bool TryRead(ref Utf8JsonReader reader, out T value)
    {
        value = default;
        if (reader.TokenType != JsonTokenType.Number)
        {
            return false;
        }

        if (typeof(T) == typeof(float))
        {
            var isSingle = reader.TryGetSingle(out var single);
            value = T.CreateTruncating(single);
            return isSingle && float.IsFinite(single);
        }

        var isDouble = reader.TryGetDouble(out var real);
        value = T.CreateTruncating(real);
        return isDouble && double.IsFinite(real);
    }

    /// <inheritdoc/>
    public static void Write(Utf8JsonWriter writer, T value)
    {
        if (typeof(T) == typeof(float))
        {
            writer.WriteNumberValue(float.CreateTruncating(value));
        }
        else
        {
            writer.WriteNumberValue(double.CreateTruncating(value));
        }
    }
}
