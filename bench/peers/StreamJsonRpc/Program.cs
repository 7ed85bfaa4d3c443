// Owns: StreamJsonRpc over WebSockets of TinyHost, as docs/json-rpc.md shows it.

using System.Globalization;
using StreamJsonRpc;
using TinyHost;
using TinyHost.Bench.Peers.Streaming;
using TinyHost.Bench.Shared;

var arguments = new ServerArguments(args);
var routes = new Routes()
    .Get("/", context =>
    {
        context.Response.ContentType = Content.TextType;
        context.Response.Write(Content.Text);
        return Task.CompletedTask;
    })
    .Get("/rpc", async context =>
    {
        using var socket = await context.AcceptWebSocketAsync();
        if (socket is null)
        {
            return;    // Not a WebSocket handshake: it has been answered.
        }

        using var rpc = new StreamJsonRpc.JsonRpc(
            new WebSocketMessageHandler(socket, new SystemTextJsonFormatter()), new Calculator());
        rpc.StartListening();
        await rpc.Completion;
    });
await using var server = new HttpServer(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{arguments.Port}/"), routes);
await server.StartAsync();
await Task.Delay(Timeout.Infinite);
