// Owns: a method as a function from bytes to bytes.

namespace TinyHost.JsonRpc;

/// <summary>
/// A method in its raw form: it reads <see cref="JsonRpcCall.Params"/>, writes <see cref="JsonRpcCall.Result"/> and returns null, or
/// returns an error. If it writes nothing, the result is <c>null</c>. A call of a method that does not wait allocates no memory.
/// </summary>
public delegate ValueTask<JsonRpcError?> JsonRpcMethod(JsonRpcCall call);
