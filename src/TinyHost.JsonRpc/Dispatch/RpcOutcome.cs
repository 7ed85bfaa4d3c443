// Owns: what a transport needs to know of a dispatched message.

namespace TinyHost.JsonRpc;

/// <param name="HasReply">False if all calls were notifications.</param>
/// <param name="IsBusy">Whether the message was a single call that found no place among its method's calls.</param>
/// <param name="IsHeld">Whether a method still runs that was abandoned, and may read the message.</param>
internal readonly record struct RpcOutcome(bool HasReply, bool IsBusy, bool IsHeld);
