// Owns: reading and validating one request object (JSON-RPC 2.0 §4).

using System.Text.Json;

namespace TinyHost.JsonRpc;

/// <summary>A request as slices of its message: nothing is copied or decoded before it is needed.</summary>
internal readonly struct RpcRequest
{
    [Flags]
    private enum Member
    {
        None = 0,
        Version = 1,
        Method = 2,
        Params = 4,
        Id = 8,
    }

    /// <summary>The method; null if the request is invalid or the method is unknown.</summary>
    public RpcMethod? Method { get; private init; }

    /// <summary>The method member as sent; empty if absent or not a string.</summary>
    public ReadOnlyMemory<byte> MethodText { get; private init; }

    /// <summary>The params member as sent, an array or an object; empty if absent.</summary>
    public ReadOnlyMemory<byte> Params { get; private init; }

    /// <summary>The id member as sent; empty if absent.</summary>
    public ReadOnlyMemory<byte> Id { get; private init; }

    /// <summary>
    /// Whether the caller expects a reply. A valid request without an id is a notification (§4.1); <c>"id": null</c> counts as an id.
    /// An invalid request always gets a reply, with a null id if the request has no valid id (§5).
    /// </summary>
    public bool ExpectsReply { get; private init; }

    /// <summary>Reads a request. Returns null, or the error to reply with.</summary>
    public static JsonRpcError? Read(ReadOnlyMemory<byte> json, RpcMethodTable methods, out RpcRequest request)
    {
        request = new RpcRequest { ExpectsReply = true };
        try
        {
            // The reader limits nesting to 64. The whole message is checked before the method is called.
            var reader = new Utf8JsonReader(json.Span);
            reader.Read();
            return reader.TokenType == JsonTokenType.StartObject
                ? ReadMembers(ref reader, json, methods, out request)
                : ReadToEnd(ref reader, RpcErrors.InvalidRequest);
        }
        catch (JsonException)
        {
            request = new RpcRequest { ExpectsReply = true };
            return RpcErrors.Parse;
        }
    }

    private static JsonRpcError? ReadMembers(
        ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, RpcMethodTable methods, out RpcRequest request)
    {
        var seen = Member.None;
        var valid = true;
        RpcMethod? method = null;
        ReadOnlyMemory<byte> methodText = default, parameters = default, id = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = NameOf(reader);
            valid &= (seen & member) == Member.None;    // A repeated member is ambiguous: reject it.
            seen |= member;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            switch (member)
            {
                case Member.Version:
                    valid &= reader.TokenType == JsonTokenType.String && reader.Is("2.0"u8);
                    break;
                case Member.Method when reader.TokenType == JsonTokenType.String:
                    method = methods.Find(reader);
                    methodText = json[start..(int)reader.BytesConsumed];
                    break;
                case Member.Method:
                    valid = false;
                    break;
                case Member.Params:
                    valid &= reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject;
                    reader.Skip();
                    parameters = json[start..(int)reader.BytesConsumed];
                    break;
                case Member.Id when reader.TokenType is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.Null:
                    id = json[start..(int)reader.BytesConsumed];
                    break;
                case Member.Id:
                    valid = false;
                    break;
            }

            reader.Skip();
        }

        valid &= (seen & (Member.Version | Member.Method)) == (Member.Version | Member.Method);
        request = new RpcRequest
        {
            Method = valid ? method : null,
            MethodText = methodText,
            Params = parameters,
            Id = id,
            ExpectsReply = !valid || !id.IsEmpty,
        };
        return ReadToEnd(ref reader, !valid ? RpcErrors.InvalidRequest : method is null ? RpcErrors.MethodNotFound : null);
    }

    private static JsonRpcError? ReadToEnd(ref Utf8JsonReader reader, JsonRpcError? error)
    {
        while (reader.Read())
        {
            // The reader throws if anything follows the value.
        }

        return error;
    }

    private static Member NameOf(in Utf8JsonReader reader) =>
        reader.Is("jsonrpc"u8) ? Member.Version
        : reader.Is("method"u8) ? Member.Method
        : reader.Is("params"u8) ? Member.Params
        : reader.Is("id"u8) ? Member.Id
        : Member.None;
}
