// Owns: enums, by name or number.

using System.ComponentModel;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TinyHost.JsonRpc;

/// <summary>
/// Reads a member of an enum by its name as written in C# or by its number, and writes its name. A number that no member has is refused,
/// unless the enum is one of flags and the number consists of these; such a value is written as a number.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct EnumValue<T> : IJsonRpcValue<T>
    where T : struct, Enum
{
    private static readonly T[] s_values = Enum.GetValues<T>();
    private static readonly JsonEncodedText[] s_names = Array.ConvertAll(s_values, value => JsonEncodedText.Encode(value.ToString()));
    private static readonly byte[][] s_texts = Array.ConvertAll(s_values, value => Encoding.UTF8.GetBytes(value.ToString()));
    private static readonly long[] s_numbers = Array.ConvertAll(s_values, NumberOf);
    private static readonly long? s_flags = typeof(T).IsDefined(typeof(FlagsAttribute), false)
        ? s_numbers.Aggregate(0L, (all, one) => all | one)
        : null;

    /// <inheritdoc/>
    public static JsonRpcSchema Schema { get; } = JsonRpcSchema.FromText(MakeSchema());

    private static bool IsUnsigned => Type.GetTypeCode(typeof(T)) == TypeCode.UInt64;

    /// <inheritdoc/>
    public static bool TryRead(ref Utf8JsonReader reader, out T value)
    {
        value = default;
        return reader.TokenType switch
        {
            JsonTokenType.String => TryFind(reader, out value),
            JsonTokenType.Number => TryGetNumber(reader, out var number) && TryFind(number, out value),
            _ => false,
        };
    }

    /// <inheritdoc/>
    public static void Write(Utf8JsonWriter writer, T value)
    {
        var index = Array.IndexOf(s_values, value);
        if (index >= 0)
        {
            writer.WriteStringValue(s_names[index]);
        }
        else if (IsUnsigned)
        {
            writer.WriteNumberValue(unchecked((ulong)NumberOf(value)));
        }
        else
        {
            writer.WriteNumberValue(NumberOf(value));
        }
    }

    private static bool TryFind(in Utf8JsonReader reader, out T value)
    {
        for (var i = 0; i < s_texts.Length; i++)
        {
            if (reader.Is(s_texts[i]))
            {
                value = s_values[i];
                return true;
            }
        }

        value = default;
        return false;
    }

    private static bool TryFind(long number, out T value)
    {
        var index = Array.IndexOf(s_numbers, number);
        if (index >= 0)
        {
            value = s_values[index];
            return true;
        }

        value = (T)Enum.ToObject(typeof(T), number);
        return s_flags is { } flags && (number & ~flags) == 0;
    }

    // The bits of the number; beyond 63 of them, as a negative one.
    private static bool TryGetNumber(in Utf8JsonReader reader, out long number)
    {
        if (!IsUnsigned)
        {
            return reader.TryGetInt64(out number);
        }

        var isNumber = reader.TryGetUInt64(out var unsigned);
        number = unchecked((long)unsigned);
        return isNumber;
    }

    private static long NumberOf(T value) =>
        IsUnsigned ? unchecked((long)Convert.ToUInt64(value, null)) : Convert.ToInt64(value, null);

    private static string MakeSchema()
    {
        var names = new JsonArray([.. s_names.Select(name => name.Value).Distinct().Select(name => JsonValue.Create(name))]);
        var schema = new JsonObject { ["type"] = "string", ["enum"] = names };
        return s_flags is null
            ? schema.ToJsonString()
            : new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "integer" }) }.ToJsonString();
    }
}
