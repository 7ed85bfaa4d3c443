// Owns: the JSON-RPC methods of the benchmarks, in their raw form.

using System.Text.Json;
using TinyHost.JsonRpc;

namespace TinyHost.Bench.Server;

internal static class RpcMethods
{
    private static readonly JsonRpcError s_addParams = JsonRpcError.InvalidParams("add takes two integers: [a, b]");

    public static JsonRpcHandler Create() => new JsonRpcHandler().Add("add", Add);

    private static ValueTask<JsonRpcError?> Add(JsonRpcCall call)
    {
        if (call.Params.IsEmpty)
        {
            return new(s_addParams);
        }

        var reader = new Utf8JsonReader(call.Params.Span);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray
            || !TryReadNext(ref reader, out var a)
            || !TryReadNext(ref reader, out var b)
            || !reader.Read()
            || reader.TokenType != JsonTokenType.EndArray)
        {
            return new(s_addParams);
        }

        call.Result.WriteNumberValue(a + b);
        return default;
    }

    private static bool TryReadNext(ref Utf8JsonReader reader, out long number)
    {
        number = 0;
        return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out number);
    }
}
