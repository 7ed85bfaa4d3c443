// Owns: the error object of JSON-RPC 2.0 §5.1.

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace TinyHost.JsonRpc;

/// <summary>
/// The reason a call failed. A method in its raw form returns it; errors kept in static fields cost no memory per call. Typed methods throw
/// <see cref="JsonRpcException"/>.
/// </summary>
public sealed class JsonRpcError
{
    /// <summary>
    /// An error. <paramref name="code"/> is the application's; those from −32768 to −32000 are reserved (JSON-RPC 2.0 §5.1).
    /// <paramref name="message"/> is a short sentence, and <paramref name="data"/> any JSON, such as a string; null omits the member.
    /// </summary>
    public JsonRpcError(int code, string message, JsonNode? data = null)
        : this(code, message, data is null ? [] : JsonSerializer.SerializeToUtf8Bytes(data, RpcJson.Default.JsonNode))
    {
    }

    internal JsonRpcError(int code, string message, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(message);
        Code = code;
        Message = message;
        CodeText = code.ToString(CultureInfo.InvariantCulture);
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("code"u8, code);
            writer.WriteString("message"u8, message);
            if (!data.IsEmpty)
            {
                writer.WritePropertyName("data"u8);
                writer.WriteRawValue(data, skipInputValidation: true);
            }

            writer.WriteEndObject();
        }

        Json = buffer.WrittenSpan.ToArray();
    }

    /// <summary>The member <c>code</c>.</summary>
    public int Code { get; }

    /// <summary>The member <c>message</c>.</summary>
    public string Message { get; }

    /// <summary>A new copy of the member <c>data</c>; null if it is absent or null.</summary>
    public JsonNode? Data => JsonNode.Parse(Json)!["data"]?.DeepClone();

    /// <summary>The code as the value of an attribute: boxing the number would allocate on each call.</summary>
    internal string CodeText { get; }

    /// <summary>The object as it is sent.</summary>
    internal byte[] Json { get; }

    /// <summary>
    /// The error −32602, Invalid params. <paramref name="data"/> says which parameter is wrong and what is expected, as in
    /// <c>b must be an integer (int64); it is a string</c>.
    /// </summary>
    public static JsonRpcError InvalidParams(string data) => new(-32602, "Invalid params", data);

    /// <summary>The element without white space; as it was sent if a string in it has half of a surrogate pair. Empty for none.</summary>
    internal static ReadOnlySpan<byte> DataOf(JsonElement data)
    {
        if (data.ValueKind == JsonValueKind.Undefined)
        {
            return [];
        }

        try
        {
            return DataOf(data, RpcJson.Default.JsonElement);
        }
        catch (JsonException)
        {
            return JsonMarshal.GetRawUtf8Value(data);
        }
    }

    internal static byte[] DataOf(object? data, JsonTypeInfo type) => JsonSerializer.SerializeToUtf8Bytes(data, type);
}
