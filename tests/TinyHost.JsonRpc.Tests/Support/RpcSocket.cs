// Owns: a client's WebSocket with whole text messages.

using System.Net.WebSockets;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Tests.Support;

internal sealed class RpcSocket(ClientWebSocket socket) : IDisposable
{
    private readonly byte[] _buffer = new byte[100_000];

    public ClientWebSocket Inner => socket;

    public Task SendAsync(string message) => SendAsync(Encoding.UTF8.GetBytes(message));

    public Task SendAsync(byte[] message, WebSocketMessageType type = WebSocketMessageType.Text, bool isLast = true) =>
        socket.SendAsync(message, type, isLast, TestContext.Current.CancellationToken);

    /// <summary>The next message; null for a close frame, after which the socket has its status.</summary>
    public async Task<string?> ReceiveAsync()
    {
        var message = new ArraySegment<byte>(_buffer, 0, 0);
        for (; ; )
        {
            var received = await socket.ReceiveAsync(_buffer.AsMemory(message.Count), TestContext.Current.CancellationToken)
                .AsTask().WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            message = new ArraySegment<byte>(_buffer, 0, message.Count + received.Count);
            if (received.EndOfMessage)
            {
                return Encoding.UTF8.GetString(message);
            }
        }
    }

    /// <summary>The reply to a call.</summary>
    public async Task<string?> CallAsync(string method, string id, string parameters = "[]")
    {
        await SendAsync(RpcSocketServer.Call(method, id, parameters));
        return await ReceiveAsync();
    }

    /// <summary>The code and the reason of the server's close frame, which must come next.</summary>
    public async Task<(int Code, string? Reason)> ClosedAsync()
    {
        Assert.Null(await ReceiveAsync());
        return ((int)socket.CloseStatus!, socket.CloseStatusDescription);
    }

    public Task CloseAsync(int code = 1000) =>
        socket.CloseAsync((WebSocketCloseStatus)code, null, TestContext.Current.CancellationToken);

    public void Dispose() => socket.Dispose();
}
