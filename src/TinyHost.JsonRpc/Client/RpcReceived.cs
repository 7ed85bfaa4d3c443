// Owns: one reply of a server.

namespace TinyHost.JsonRpc;

/// <summary>A reply: a result, or an error. The id is null if the server could not read that of the request.</summary>
internal sealed record RpcReceived(long? Id, JsonRpcError? Error, ReadOnlyMemory<byte> Json)
{
    /// <summary>The result as JSON. Throws <see cref="JsonRpcException"/> for an error.</summary>
    public ReadOnlyMemory<byte> Result => Error is null ? Json : throw new JsonRpcException(Error);
}
