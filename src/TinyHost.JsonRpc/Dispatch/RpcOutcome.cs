// Owns: what a transport needs to know of a dispatched message.

namespace TinyHost.JsonRpc;

/// <param name="HasReply">False if all calls were notifications.</param>
/// <param name="IsBusy">Whether the message was a single call that found no place among its method's calls.</param>
internal readonly record struct RpcOutcome(bool HasReply, bool IsBusy);
