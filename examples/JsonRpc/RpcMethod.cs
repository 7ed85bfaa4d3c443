// Owns: a method: its name and its function.

namespace JsonRpc;

/// <summary>
/// A method's code: reads <see cref="RpcCall.Params"/>, writes <see cref="RpcCall.Result"/> and returns null, or returns an error.
/// If the method writes nothing, its result is <c>null</c>.
/// </summary>
internal delegate ValueTask<RpcError?> RpcHandler(RpcCall call);

/// <summary>A method in the table.</summary>
internal sealed class RpcMethod(string name, RpcHandler handler)
{
    public string Name { get; } = name;

    public RpcHandler Handler { get; } = handler;
}
