// Owns: that the recipes for streams and WebSockets in docs/cookbook.md do what the page says.

using System.Net.WebSockets;
using System.Text;
using StreamJsonRpc;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Cookbook;

public sealed class StreamRecipes
{
    [Fact]
    public async Task Send_events_to_a_page()
    {
        await using var recipe = await Recipe.StartAsync();
        await recipe.RunShownCommandsAsync();
        using var answer = await recipe.Http.GetAsync(
            "/ticks", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        using var events = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Assert.Equal("id: 1", await events.ReadLineAsync(TestContext.Current.CancellationToken));
        var stopped = recipe.Process.TerminateAsync();
        Assert.DoesNotContain("error", await events.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(0, await stopped);
    }

    [Fact]
    public async Task End_a_stream_when_the_server_stops()
    {
        await using var recipe = await Recipe.StartAsync();
        await recipe.RunShownCommandsAsync();
        using var lines = new StreamReader(await recipe.Http.GetStreamAsync("/clock", TestContext.Current.CancellationToken));
        await lines.ReadLineAsync(TestContext.Current.CancellationToken);
        var stopped = recipe.Process.TerminateAsync();
        Assert.EndsWith("The server stops.\n", await lines.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(0, await stopped);
    }

    [Fact]
    public async Task Chat_over_WebSockets()
    {
        await using var recipe = await Recipe.StartAsync();
        await recipe.RunShownCommandsAsync();
        using var ann = await ConnectAsync(recipe, "/chat");
        using var bob = await ConnectAsync(recipe, "/chat");
        // A client hears itself once it is in the chat.
        await SayAsync(ann, "I am Ann");
        Assert.Equal("I am Ann", await HearAsync(ann));
        await SayAsync(bob, "I am Bob");
        Assert.Equal("I am Bob", await HearAsync(ann));
        Assert.Contains(await HearAsync(bob), (string[])["I am Ann", "I am Bob"]);

        using var chatterbox = await ConnectAsync(recipe, "/chat");
        await SayAsync(chatterbox, new string('x', 4_097));
        Assert.Equal("", await HearAsync(chatterbox));
        Assert.Equal(WebSocketCloseStatus.NormalClosure, chatterbox.CloseStatus);

        await bob.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        var stopped = recipe.Process.TerminateAsync();
        Assert.Equal("", await HearAsync(ann));
        Assert.Equal(WebSocketCloseStatus.NormalClosure, ann.CloseStatus);
        await ann.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        Assert.Equal(0, await stopped);
        Assert.DoesNotContain("fail:", recipe.Process.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_JSON_RPC_over_a_WebSocket()
    {
        await using var recipe = await Recipe.StartAsync();
        await recipe.RunShownCommandsAsync();
        using var socket = await ConnectAsync(recipe, "/rpc");
        using var rpc = new StreamJsonRpc.JsonRpc(new WebSocketMessageHandler(socket, new SystemTextJsonFormatter()));
        rpc.StartListening();
        Assert.Equal(5, await rpc.InvokeAsync<int>("Add", 2, 3));
        await Assert.ThrowsAsync<RemoteMethodNotFoundException>(() => rpc.InvokeAsync<int>("Subtract", 2, 3));
        Assert.Equal(0, await recipe.Process.TerminateAsync());
        Assert.DoesNotContain("fail:", recipe.Process.Output.ToString(), StringComparison.Ordinal);
    }

    private static async Task<ClientWebSocket> ConnectAsync(Recipe recipe, string path)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://localhost:{recipe.Port}{path}"), TestContext.Current.CancellationToken);
        return socket;
    }

    private static Task SayAsync(ClientWebSocket socket, string text) => socket.SendAsync(
        Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);

    private static async Task<string> HearAsync(ClientWebSocket socket)
    {
        var buffer = new byte[100];
        var received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
