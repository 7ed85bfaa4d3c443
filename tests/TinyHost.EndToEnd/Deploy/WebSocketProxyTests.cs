// Owns: that the proxies of deploy/ pass on WebSockets.

using System.Net.WebSockets;
using System.Text;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

public sealed class WebSocketProxyTests
{
    [Fact]
    public async Task HAProxy_passes_on_a_WebSocket()
    {
        var haproxy = OutsideProgram.Require("haproxy", package: "haproxy");
        await CallThroughAsync(new DeployedFile("deploy/haproxy/haproxy.cfg"), (directory, file, port) =>
        {
            // The server has no port for probes.
            var configuration = directory.Write("haproxy.cfg", file
                .Replace("bind :80\n", $"bind 127.0.0.1:{port}\n")
                .Replace("default-server check ", "default-server no-check ")
                .Text);
            return ChildProcess.Start(haproxy, ["-db", "-f", configuration]);
        });
    }

    [Fact]
    public Task Nginx_passes_on_a_WebSocket() =>
        CallThroughAsync(new DeployedFile("deploy/nginx/app.conf"), (directory, file, port) =>
            Nginx.StartHttp(directory, file.Replace("listen 80;", $"listen 127.0.0.1:{port};").Text));

    private static Task CallThroughAsync(DeployedFile file, Func<TemporaryDirectory, DeployedFile, int, ChildProcess> start) =>
        Snippets.WithoutHostAsync(Snippets.NotifyingMethods().Routes, async appPort =>
        {
            for (var i = 1; i <= Fleet.Size; i++)
            {
                file = file.Replace($" 10.0.0.1{i}:8080 ", $" 127.0.0.1:{appPort} ");
            }

            using var directory = new TemporaryDirectory();
            var port = FreePort.Next();
            await using var proxy = start(directory, file, port);
            await Proxy.WaitAsync(proxy, port);
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/rpc"), TestContext.Current.CancellationToken);
            await socket.SendAsync(
                """{"jsonrpc":"2.0","method":"count","id":1}"""u8.ToArray(),
                WebSocketMessageType.Text,
                endOfMessage: true,
                TestContext.Current.CancellationToken);
            // Three notifications, which only a WebSocket can bring, and the reply.
            for (var i = 1; i <= 3; i++)
            {
                Assert.Equal($$"""{"jsonrpc":"2.0","method":"progress","params":[{{i}}]}""", await ReceiveAsync(socket));
            }

            Assert.Equal("""{"jsonrpc":"2.0","result":null,"id":1}""", await ReceiveAsync(socket));
        });

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[1_000];
        var received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        Assert.True(received.EndOfMessage);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
