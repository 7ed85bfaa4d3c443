// Owns: writing a notification of the server (JSON-RPC 2.0 §4.1).

using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace TinyHost.JsonRpc;

internal static class RpcNotification
{
    public static ReadOnlyMemory<byte> Write(string method, ReadOnlySpan<byte> parameters) =>
        parameters.IsEmpty || IsStructured(parameters)
            ? WriteChecked(method, parameters)
            : throw new ArgumentException("The params of a notification must be a JSON array or object in UTF-8.", nameof(parameters));

    public static ReadOnlyMemory<byte> Write<T>(string method, T parameters, JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        var json = JsonSerializer.SerializeToUtf8Bytes(parameters, type);
        return json[0] is (byte)'{' or (byte)'[' ? WriteChecked(method, json) : WriteChecked(method, [(byte)'[', .. json, (byte)']']);
    }

    private static ReadOnlyMemory<byte> WriteChecked(string method, ReadOnlySpan<byte> parameters)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        if (method.StartsWith("rpc.", StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"The method name '{method}' is reserved: names must not begin with 'rpc.' (JSON-RPC 2.0 §8).", nameof(method));
        }

        var message = new ArrayBufferWriter<byte>(64 + parameters.Length);
        using var writer = new Utf8JsonWriter(message);
        writer.WriteStartObject();
        writer.WriteString("jsonrpc"u8, "2.0"u8);
        writer.WriteString("method"u8, method);
        if (!parameters.IsEmpty)
        {
            writer.WritePropertyName("params"u8);
            writer.WriteRawValue(parameters, skipInputValidation: true);
        }

        writer.WriteEndObject();
        writer.Flush();
        return message.WrittenMemory;
    }

    private static bool IsStructured(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            var isStructured = reader.Read() && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
            reader.Skip();
            return isStructured && !reader.Read() && Utf8.IsValid(json);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
