// Owns: the errors that the server itself answers, and their codes.

namespace TinyHost.JsonRpc;

/// <summary>
/// The codes up to −32600 are those of JSON-RPC 2.0 §5.1. Those of the limits are the codes that Ethereum's servers use.
/// </summary>
internal static class RpcErrors
{
    public static readonly JsonRpcError Parse = new(-32700, "Parse error");
    public static readonly JsonRpcError InvalidRequest = new(-32600, "Invalid Request");
    public static readonly JsonRpcError MethodNotFound = new(-32601, "Method not found");
    public static readonly JsonRpcError Internal = new(-32603, "Internal error");
    public static readonly JsonRpcError Timeout = new(-32002, "Request timed out");
    public static readonly JsonRpcError ReplyTooLarge = new(-32003, "Response too large");
    public static readonly JsonRpcError NotAllowed = new(-32004, "Method not allowed");
    public static readonly JsonRpcError Busy = new(-32005, "Limit exceeded", "the method has too many calls in progress; try again later");

}
