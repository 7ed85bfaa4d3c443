// Owns: the exception that ends a method whose result exceeds the limit.

namespace TinyHost.JsonRpc;

/// <summary>Thrown by <see cref="JsonRpcCall.Result"/>. The caller gets −32003.</summary>
internal sealed class ResultTooLargeException(int limit)
    : InvalidOperationException($"The result is longer than {limit} bytes (JsonRpc:MaxReplySize).");
