// Owns: a WebSocket that brings calls, and sending notifications to its peer.

using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Serialization.Metadata;

namespace TinyHost.JsonRpc;

/// <summary>
/// A WebSocket on which a <see cref="JsonRpcHandler"/> answers calls. A method finds the one of its call in
/// <see cref="JsonRpcCall.Connection"/>; <see cref="JsonRpcHandler.Connections"/> has all. All members can be used from any thread, and
/// after the connection has ended.
/// </summary>
public sealed class JsonRpcConnection
{
    private const int LongestReason = 123;

    private readonly SocketSender _sender;

    internal JsonRpcConnection(RequestContext context, SocketSender sender)
    {
        Context = context;
        _sender = sender;
    }

    /// <summary>
    /// The HTTP request that opened the connection: its user, its client and its fields. As every context it ends with its request, here
    /// with the connection.
    /// </summary>
    public RequestContext Context { get; }

    /// <summary>Cancelled once nothing can be sent any more: the peer has left, or the connection is being closed.</summary>
    public CancellationToken Closed => _sender.Ended;

    /// <summary>
    /// Sends a notification. <paramref name="parameters"/> is a JSON array or object in UTF-8; empty for none. The task ends when the
    /// notification has been sent, with true, or when the connection has ended before, with false. Notifications and replies are sent in
    /// the order in which they are given. The call itself never waits, so the task need not be awaited; but more than
    /// <see cref="JsonRpcWebSocketOptions.MaxQueuedSize"/> waiting bytes cut the peer off, and a sender that awaits each task cannot exceed
    /// them. Throws <see cref="ArgumentException"/> for a name that is empty or begins with <c>rpc.</c>, and for parameters that are
    /// anything else.
    /// </summary>
    public Task<bool> NotifyAsync(string method, ReadOnlyMemory<byte> parameters = default) =>
        _sender.NotifyAsync(RpcNotification.Write(method, parameters.Span));

    /// <summary>
    /// As the other, with parameters that System.Text.Json writes. A value that is neither an array nor an object becomes the only item of
    /// an array.
    /// </summary>
    public Task<bool> NotifyAsync<T>(string method, T parameters, JsonTypeInfo<T> type) =>
        _sender.NotifyAsync(RpcNotification.Write(method, parameters, type));

    /// <summary>
    /// Closes the connection with the code 1008 and a reason of at most 123 bytes in UTF-8, as when its user has lost a right. What was
    /// sent before reaches the peer; calls in progress are cancelled. Throws <see cref="ArgumentException"/> for a longer reason. Does
    /// nothing if the connection has ended.
    /// </summary>
    public void Close(string reason = "")
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (Encoding.UTF8.GetByteCount(reason) > LongestReason)
        {
            throw new ArgumentException($"The reason must have at most {LongestReason} bytes in UTF-8 (RFC 6455 §5.5).", nameof(reason));
        }

        _ = _sender.CloseAsync(WebSocketCloseStatus.PolicyViolation, reason);
    }

    /// <summary>Sends a notification that is already written.</summary>
    internal Task<bool> SendAsync(ReadOnlyMemory<byte> notification) => _sender.NotifyAsync(notification);
}
