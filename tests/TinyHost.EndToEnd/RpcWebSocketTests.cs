// Owns: JSON-RPC over WebSockets with clients that others have written: Chromium and StreamJsonRpc; and StreamJsonRpc as the server.

using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;
using StreamJsonRpc;
using TinyHost.EndToEnd.Support;
using TinyHost.JsonRpc;

namespace TinyHost.EndToEnd;

public sealed class RpcWebSocketTests
{
    // The page's picture arrives only after the result was posted, so that the browser prints the page after the conversation.
    private const string Page = """
        <!doctype html>
        <title>JSON-RPC</title>
        <p id="result">nothing yet</p>
        <img src="/picture" alt="">
        <script>
        const seen = [];
        const socket = new WebSocket(`ws://${location.host}/rpc`);
        const call = (method, id) => ({ jsonrpc: "2.0", method, id });
        socket.onopen = () => {
            socket.send(JSON.stringify(call("count", 1)));
            socket.send(JSON.stringify([call("nobody", "ä€😀"), { jsonrpc: "2.0", method: "count" }]));
        };
        socket.onmessage = event => {
            const message = JSON.parse(event.data);
            const reply = Array.isArray(message) ? message[0] : message;
            seen.push(reply.method ? `${reply.method} ${reply.params}` : `${reply.id} ${reply.error?.code ?? reply.result}`);
            if (Array.isArray(message)) {
                socket.close(1000, "done");
            }
        };
        socket.onclose = event => {
            const text = `${seen.filter(text => text.startsWith("progress")).length} ${seen.at(-1)} ${event.code} ${event.wasClean}`;
            document.getElementById("result").textContent = text;
            fetch("/result", { method: "POST", body: text });
        };
        </script>
        """;

    [Fact]
    public async Task A_page_calls_methods_and_gets_notifications()
    {
        var browser = new Browser();
        var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var routes = Snippets.NotifyingMethods().Routes
            .Get("/", context =>
            {
                context.Response.ContentType = "text/html; charset=utf-8";
                return context.Response.WriteTextAsync(Page);
            })
            .Post("/result", context =>
            {
                finished.TrySetResult();
                return Task.CompletedTask;
            })
            .Get("/picture", context => finished.Task.WaitAsync(context.Aborted));
        await Snippets.WithoutHostAsync(routes, async port =>
        {
            var page = await browser.LoadAsync($"http://127.0.0.1:{port}/");
            Assert.Contains("<p id=\"result\">6 ä€😀 -32601 1000 true</p>", page, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task StreamJsonRpc_as_a_client_calls_the_handler_and_gets_its_notifications()
    {
        var (handler, routes) = Snippets.NotifyingMethods();
        handler.Add("double", call =>
        {
            call.Result.WriteRawValue("[2,4]"u8);
            return default;
        });
        await Snippets.WithoutHostAsync(routes, async port =>
        {
            using var socket = await ConnectAsync(port);
            using var rpc = new StreamJsonRpc.JsonRpc(new WebSocketMessageHandler(socket, new SystemTextJsonFormatter()));
            var progress = Channel.CreateUnbounded<int>();
            rpc.AddLocalRpcMethod("progress", (int step) => progress.Writer.TryWrite(step));
            rpc.StartListening();
            Assert.Equal((int[])[2, 4], await rpc.InvokeAsync<int[]>("double", 1, 2));
            await rpc.InvokeAsync("count");
            // The client runs notifications side by side.
            var steps = await progress.Reader.ReadAllAsync(TestContext.Current.CancellationToken).Take(3).ToListAsync(
                TestContext.Current.CancellationToken);
            Assert.Equal([1, 2, 3], steps.Order());
            var refused = await Assert.ThrowsAsync<RemoteMethodNotFoundException>(() => rpc.InvokeAsync("nobody"));
            Assert.Equal("nobody", refused.TargetMethod);
        });
    }

    [Fact]
    public async Task StreamJsonRpc_as_a_server_answers_calls_and_closes_on_a_batch()
    {
        var routes = new Routes().Get("/rpc", Snippets.StreamJsonRpcAsync);
        await Snippets.WithoutHostAsync(routes, async port =>
        {
            using (var socket = await ConnectAsync(port))
            {
                using var rpc = new StreamJsonRpc.JsonRpc(new WebSocketMessageHandler(socket, new SystemTextJsonFormatter()));
                rpc.StartListening();
                Assert.Equal(5, await rpc.InvokeAsync<int>("Add", 2, 3));
            }

            using var other = await ConnectAsync(port);
            await other.SendAsync(
                """[{"jsonrpc":"2.0","method":"Add","params":[2,3],"id":1}]"""u8.ToArray(),
                WebSocketMessageType.Text,
                endOfMessage: true,
                TestContext.Current.CancellationToken);
            Assert.Null(await TryReceiveAsync(other));
        });
    }

    private static async Task<ClientWebSocket> ConnectAsync(int port)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/rpc"), TestContext.Current.CancellationToken);
        return socket;
    }

    /// <summary>The next message; null if the connection ends.</summary>
    private static async Task<string?> TryReceiveAsync(ClientWebSocket socket)
    {
        try
        {
            var buffer = new byte[1_000];
            var received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            return received.MessageType == WebSocketMessageType.Close ? null : Encoding.UTF8.GetString(buffer, 0, received.Count);
        }
        catch (WebSocketException)
        {
            return null;
        }
    }
}
