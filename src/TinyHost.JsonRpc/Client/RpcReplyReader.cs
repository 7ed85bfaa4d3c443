// Owns: reading a server's replies (JSON-RPC 2.0 §5, §6).

using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>Reads replies strictly: what is not a reply throws <see cref="InvalidDataException"/>.</summary>
internal static class RpcReplyReader
{
    /// <summary>One reply. <paramref name="what"/> names the request in errors.</summary>
    public static RpcReceived Read(ReadOnlyMemory<byte> json, string what)
    {
        try
        {
            var reader = new Utf8JsonReader(json.Span);
            reader.Read();
            var reply = ReadOne(ref reader, json) ?? throw Invalid(what, null);
            reader.Read();
            return reply;
        }
        catch (JsonException failure)
        {
            throw Invalid(what, failure);
        }
    }

    /// <summary>The replies of a batch, in the order in which they were sent; one without id for an error of the whole batch.</summary>
    public static List<RpcReceived> ReadBatch(ReadOnlyMemory<byte> json)
    {
        const string what = "a batch";
        try
        {
            var replies = new List<RpcReceived>();
            var reader = new Utf8JsonReader(json.Span);
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray)
            {
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    replies.Add(ReadOne(ref reader, json) ?? throw Invalid(what, null));
                }
            }
            else
            {
                replies.Add(ReadOne(ref reader, json) ?? throw Invalid(what, null));
            }

            reader.Read();
            return replies;
        }
        catch (JsonException failure)
        {
            throw Invalid(what, failure);
        }
    }

    /// <summary>True for a reply that is an error.</summary>
    public static bool IsError(ReadOnlyMemory<byte> json)
    {
        try
        {
            return Read(json, "").Error is not null;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static InvalidDataException Invalid(string what, Exception? failure) =>
        new($"The server's reply to {what} is not one of JSON-RPC 2.0.", failure);

    // Null if the value is no reply: exactly one of result and error, and an id.
    private static RpcReceived? ReadOne(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        long? id = null;
        JsonRpcError? error = null;
        ReadOnlyMemory<byte>? result = null;
        var isVersion2 = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("jsonrpc"u8))
            {
                reader.Read();
                isVersion2 = reader.TokenType == JsonTokenType.String && reader.Is("2.0"u8);
            }
            else if (reader.Is("id"u8))
            {
                reader.Read();
                id = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? number : null;
                reader.Skip();
            }
            else if (reader.Is("error"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.Null)
                {
                    continue;
                }

                error = ReadError(JsonElement.ParseValue(ref reader));
                if (error is null)
                {
                    return null;
                }
            }
            else
            {
                var isResult = reader.Is("result"u8);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                result = isResult ? json[start..(int)reader.BytesConsumed] : result;
            }
        }

        return isVersion2 && (error is null ? result is not null : result is null or { Length: 4 })
            ? new RpcReceived(id, error, result ?? default)
            : null;
    }

    private static JsonRpcError? ReadError(JsonElement error) =>
        error.ValueKind == JsonValueKind.Object
        && error.TryGetProperty("code"u8, out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number)
        && error.TryGetProperty("message"u8, out var message) && TextOf(message) is { } text
            ? new JsonRpcError(
                number,
                text,
                error.TryGetProperty("data"u8, out var data) ? JsonRpcError.DataOf(data) : [])
            : null;

    // Null for what is no string, or one with half of a surrogate pair.
    private static string? TextOf(JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
