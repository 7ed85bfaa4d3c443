// Owns: JSON-RPC on Kestrel as a program does it by hand: System.Text.Json reads the request and writes the reply.

using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace TinyHost.Bench.Peers.Kestrel;

/// <summary>
/// Single calls of <c>add</c> by position. It does less than a server should: no batches, no notifications, no check of duplicate members.
/// </summary>
internal static class RpcHandler
{
    public static async Task HandleAsync(HttpContext context)
    {
        RpcReply reply;
        try
        {
            var request = await context.Request.ReadFromJsonAsync(RpcJson.Default.RpcRequest);
            reply = request is { JsonRpc: "2.0" } ? Answer(request) : Error(-32600, "Invalid Request", default);
        }
        catch (JsonException)
        {
            reply = Error(-32700, "Parse error", default);
        }

        await context.Response.WriteAsJsonAsync(reply, RpcJson.Default.RpcReply);
    }

    private static RpcReply Answer(RpcRequest request)
    {
        if (request.Method != "add")
        {
            return Error(-32601, "Method not found", request.Id);
        }

        return request.Params.ValueKind == JsonValueKind.Array && request.Params.GetArrayLength() == 2
            && request.Params[0].TryGetInt64(out var a) && request.Params[1].TryGetInt64(out var b)
                ? new RpcReply { Result = a + b, Id = request.Id }
                : Error(-32602, "Invalid params", request.Id);
    }

    private static RpcReply Error(int code, string message, JsonElement id) =>
        new() { Error = new RpcError(code, message), Id = id.ValueKind == JsonValueKind.Undefined ? null : id };
}

/// <summary>The request.</summary>
internal sealed record RpcRequest(
    [property: JsonPropertyName("jsonrpc")] string JsonRpc, string Method, JsonElement Params, JsonElement Id);

/// <summary>The reply.</summary>
internal sealed record RpcReply
{
    [JsonPropertyName("jsonrpc")]
    public string JsonRpc => "2.0";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Result { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RpcError? Error { get; init; }

    public JsonElement? Id { get; init; }
}

/// <summary>The error.</summary>
internal sealed record RpcError(int Code, string Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RpcRequest))]
[JsonSerializable(typeof(RpcReply))]
internal sealed partial class RpcJson : JsonSerializerContext;
