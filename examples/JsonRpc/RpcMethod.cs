// Owns: what a method is: a name and a function.
// Does not own: looking one up (RpcMethodTable) or calling it (RpcDispatcher).

namespace JsonRpc;

/// <summary>
/// A method's code: reads <see cref="RpcCall.Params"/>, writes <see cref="RpcCall.Result"/>, returns null; or returns why it could not.
/// One that writes nothing has the result <c>null</c>.
/// </summary>
internal delegate ValueTask<RpcError?> RpcHandler(RpcCall call);

/// <summary>A method of the table.</summary>
internal sealed class RpcMethod(string name, RpcHandler handler)
{
    public string Name { get; } = name;

    public RpcHandler Handler { get; } = handler;
}
