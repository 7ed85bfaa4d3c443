// Owns: what the calls of one message share.

namespace TinyHost.JsonRpc;

/// <summary>A message in progress: who sent it, and how long its calls may take.</summary>
/// <param name="Context">The HTTP request that brought the message; null for another transport.</param>
/// <param name="Exchange">What the message has of its own; null if the HTTP request is its own.</param>
/// <param name="Started">When the message arrived, a timestamp of the dispatcher's clock.</param>
/// <param name="HasDeadline">Whether the calls must end in time.</param>
/// <param name="Aborted">Cancelled when the caller has left.</param>
internal readonly record struct RpcMessage(
    RequestContext? Context, IRpcExchange? Exchange, long Started, bool HasDeadline, CancellationToken Aborted);
