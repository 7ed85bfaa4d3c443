// Owns: the JSON-RPC methods of the benchmarks as StreamJsonRpc finds them.

using StreamJsonRpc;

namespace TinyHost.Bench.Peers.Streaming;

internal sealed class Calculator
{
    [JsonRpcMethod("add")]
    public long Add(long a, long b) => a + b;
}
