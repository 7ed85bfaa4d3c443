// Owns: the call objects that wait for their next call.

using System.Collections.Concurrent;

namespace TinyHost.JsonRpc;

internal sealed class RpcCalls
{
    private readonly ConcurrentQueue<JsonRpcCall> _idle = new();

    public JsonRpcCall Rent() => _idle.TryDequeue(out var kept) ? kept : new JsonRpcCall();

    /// <summary>The call is answered. An abandoned one is left to its method.</summary>
    public void Return(JsonRpcCall call)
    {
        if (call.Clear())
        {
            _idle.Enqueue(call);
        }
    }
}
