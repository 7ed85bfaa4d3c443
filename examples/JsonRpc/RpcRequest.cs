// Owns: reading one request object (JSON-RPC 2.0 §4) and refusing what is not one.
// Does not own: batches (RpcBatch), or the meaning of params.

using System.Text.Json;

namespace JsonRpc;

/// <summary>A request as slices of the message it came in: nothing is copied or decoded before it is needed.</summary>
internal readonly struct RpcRequest
{
    /// <summary>The method; null when the request is invalid or names an unknown one.</summary>
    public RpcMethod? Method { get; private init; }

    /// <summary>The params member as sent, an array or an object; empty when left out.</summary>
    public ReadOnlyMemory<byte> Params { get; private init; }

    /// <summary>The id member as sent; empty when left out.</summary>
    public ReadOnlyMemory<byte> Id { get; private init; }

    /// <summary>
    /// Whether the caller waits for a reply: a valid request without an id is a notification (§4.1), and <c>"id": null</c> is not one.
    /// An invalid request is always answered, with the id null where it has none (§5).
    /// </summary>
    public bool ExpectsReply { get; private init; }

    /// <summary>Reads a request. Returns null, or the error to answer it with.</summary>
    public static RpcError? Read(ReadOnlyMemory<byte> json, RpcMethodTable methods, out RpcRequest request)
    {
        request = new RpcRequest { ExpectsReply = true };
        try
        {
            // The reader's own bound on nesting, 64, holds; the rest of the message is checked too before anything is called.
            var reader = new Utf8JsonReader(json.Span);
            reader.Read();
            return reader.TokenType == JsonTokenType.StartObject
                ? ReadMembers(ref reader, json, methods, out request)
                : ReadToEnd(ref reader, RpcError.InvalidRequest);
        }
        catch (JsonException)
        {
            request = new RpcRequest { ExpectsReply = true };
            return RpcError.Parse;
        }
    }

    private static RpcError? ReadMembers(
        ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, RpcMethodTable methods, out RpcRequest request)
    {
        var seen = Member.None;
        var valid = true;
        RpcMethod? method = null;
        ReadOnlyMemory<byte> parameters = default, id = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = NameOf(reader);
            valid &= (seen & member) == Member.None;    // A member given twice could be read either way: refuse it.
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
            Params = parameters,
            Id = id,
            ExpectsReply = !valid || !id.IsEmpty,
        };
        return ReadToEnd(ref reader, !valid ? RpcError.InvalidRequest : method is null ? RpcError.MethodNotFound : null);
    }

    private static RpcError? ReadToEnd(ref Utf8JsonReader reader, RpcError? outcome)
    {
        while (reader.Read())
        {
            // Only for its checks: anything behind the value makes the reader throw.
        }

        return outcome;
    }

    private static Member NameOf(in Utf8JsonReader reader) =>
        reader.Is("jsonrpc"u8) ? Member.Version
        : reader.Is("method"u8) ? Member.Method
        : reader.Is("params"u8) ? Member.Params
        : reader.Is("id"u8) ? Member.Id
        : Member.None;

    [Flags]
    private enum Member
    {
        None = 0,
        Version = 1,
        Method = 2,
        Params = 4,
        Id = 8,
    }
}
