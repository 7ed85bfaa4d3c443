// Owns: integers of up to 64 bits.

using System.ComponentModel;
using System.Numerics;
using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>
/// Reads and writes an integer of 8 to 64 bits. A number with a fraction or an exponent, such as <c>1.0</c>, is not an integer, and one
/// beyond the type's range is refused.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct IntegerValue<T> : IJsonRpcValue<T>
    where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
{
    /// <inheritdoc/>
    public static JsonRpcSchema Schema { get; } = JsonRpcSchema.FromText(
        $$"""{"type":"integer","format":"{{(T.IsZero(T.MinValue) ? "uint" : "int")}}{{T.MaxValue.GetByteCount() * 8}}"}""");

    /// <inheritdoc/>
    public static bool TryRead(ref Utf8JsonReader reader, out T value)
    {
        value = default;
        if (reader.TokenType != JsonTokenType.Number)
        {
            return false;
        }

        if (typeof(T) == typeof(ulong))
        {
            var isUnsigned = reader.TryGetUInt64(out var unsigned);
            value = T.CreateTruncating(unsigned);
            return isUnsigned;
        }

        if (!reader.TryGetInt64(out var whole))
        {
            return false;
        }

        value = T.CreateTruncating(whole);
        return long.CreateTruncating(value) == whole;
    }

    /// <inheritdoc/>
    public static void Write(Utf8JsonWriter writer, T value)
    {
        if (typeof(T) == typeof(ulong))
        {
            writer.WriteNumberValue(ulong.CreateTruncating(value));
        }
        else
        {
            writer.WriteNumberValue(long.CreateTruncating(value));
        }
    }
}
