// Owns: saying what a value must be, and what it is.

using System.Collections;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TinyHost.JsonRpc;

/// <summary>The words of the errors about params: those of JSON, with the size of an integer as OpenAPI calls it.</summary>
internal static class RpcTypeNames
{
    private const int MostShown = 40;

    /// <summary>What a value of a type is in JSON.</summary>
    public static string Describe(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsEnum ? "a value of " + type.Name
            : Type.GetTypeCode(type) switch
            {
                TypeCode.Boolean => "a boolean",
                TypeCode.SByte => "an integer (int8)",
                TypeCode.Byte => "an integer (uint8)",
                TypeCode.Int16 => "an integer (int16)",
                TypeCode.UInt16 => "an integer (uint16)",
                TypeCode.Int32 => "an integer (int32)",
                TypeCode.UInt32 => "an integer (uint32)",
                TypeCode.Int64 => "an integer (int64)",
                TypeCode.UInt64 => "an integer (uint64)",
                TypeCode.Single or TypeCode.Double or TypeCode.Decimal => "a number",
                TypeCode.String or TypeCode.Char => "a string",
                TypeCode.DateTime => "a date and time (RFC 3339)",
                _ => DescribeOther(type),
            };
    }

    /// <summary>What a schema asks for.</summary>
    public static string Describe(JsonNode schema)
    {
        if ((schema as JsonObject)?["enum"] is JsonArray values)
        {
            return "one of " + string.Join(", ", values.Select(value => value?.ToJsonString() ?? "null"));
        }

        if ((schema as JsonObject)?["anyOf"] is JsonArray choices)
        {
            return string.Join(" or ", choices.Select(choice => Describe(choice!)));
        }

        var type = (schema as JsonObject)?["type"];
        var format = schema is JsonObject members && FormatOf(members) is { } said ? $" ({said})" : "";
        return type is JsonArray several
            ? string.Join(" or ", several.Select((one, index) => Describe($"{one}", index == 0 ? format : "")))
            : Describe($"{type}", format);
    }

    /// <summary>What the reader's current value is.</summary>
    public static string DescribeValue(in Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => "null",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        JsonTokenType.String => "a string",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.StartObject => "an object",
        _ => reader.ValueSpan.Length <= MostShown ? Encoding.UTF8.GetString(reader.ValueSpan) : "a number of many digits",
    };

    private static string? FormatOf(JsonObject schema) =>
        (schema["format"] ?? schema["contentEncoding"] ?? schema["pattern"])?.ToString()
        ?? (schema["minLength"]?.ToString() == "1" && schema["maxLength"]?.ToString() == "1" ? "one character" : null);

    private static string Describe(string name, string format) => name switch
    {
        "" => "a value that fits its schema",
        "null" => "null",
        "array" or "integer" or "object" => $"an {name}{format}",
        _ => $"a {name}{format}",
    };

    private static string DescribeOther(Type type) =>
        type == typeof(Guid) ? "a UUID"
        : type == typeof(DateTimeOffset) ? "a date and time (RFC 3339)"
        : type == typeof(byte[]) ? "a string of Base64"
        : type.IsAssignableTo(typeof(IDictionary)) ? "an object"
        : type.IsAssignableTo(typeof(IEnumerable)) ? "an array"
        : "an object";
}
