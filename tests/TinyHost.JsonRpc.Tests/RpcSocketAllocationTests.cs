// Owns: that a JSON-RPC call over a WebSocket in steady state allocates nothing.

using System.Diagnostics;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using TinyHost.JsonRpc.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

// The whole process is measured, since a call runs on threads of the pool.
[Collection(Alone.Name)]
public sealed class RpcSocketAllocationTests : IDisposable
{
    private const int Rounds = 200;
    private const int Calls = 500;
    // An object for each call would be 24 bytes or more.
    private const int TooMuch = 4 * Calls;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        ReceiveTimeout = (int)TestTimeout.Long.TotalMilliseconds,
    };

    [Fact]
    public async Task A_call_over_a_WebSocket_allocates_nothing()
    {
        var isOptimized = typeof(RpcDispatcher).Assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled != true;
        Assert.SkipUnless(isOptimized, "needs optimized code (dotnet test -c Release): async methods allocate in a debug build");
        var handler = new JsonRpcHandler();
        RpcServer.AddMethods(handler);
        await using var server = new HttpServer("http://127.0.0.1:0/", new Routes().Get("/rpc", handler));
        await server.StartAsync(TestContext.Current.CancellationToken);
        Open(server.EndPoints[0].Port);
        var call = RawSocketPeer.Frame(opcode: 1, Encoding.UTF8.GetBytes(RpcSocketServer.Call("add", "1", "[2,3]")));
        byte[] reply = [0x81, 0, .. """{"jsonrpc":"2.0","result":5,"id":1}"""u8];
        reply[1] = (byte)(reply.Length - 2);
        var received = new byte[reply.Length];

        // Other threads, and code not optimized yet, allocate in some of the rounds only. An object for each call is in all of them.
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least >= TooMuch; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            Repeat(Calls);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
            Assert.Equal(reply, received);
        }

        Assert.True(least < TooMuch, $"{Calls} calls have allocated {least} bytes.");

        // Without asynchronous operations, which would allocate here.
        void Repeat(int times)
        {
            for (var i = 0; i < times; i++)
            {
                _socket.Send(call);
                for (var count = 0; count < received.Length;)
                {
                    count += _socket.Receive(received.AsSpan(count));
                }
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Open(int port)
    {
        _socket.Connect("127.0.0.1", port);
        _socket.Send(
            "GET /rpc HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"u8);
        _socket.Send("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"u8);
        var head = new byte[1_024];
        var count = 0;
        while (!head.AsSpan(0, count).EndsWith("\r\n\r\n"u8))
        {
            count += _socket.Receive(head.AsSpan(count));
        }

        Assert.StartsWith("HTTP/1.1 101 ", Encoding.ASCII.GetString(head), StringComparison.Ordinal);
    }
}
