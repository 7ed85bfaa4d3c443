// Owns: a page that exchanges messages with this daemon over a WebSocket, and the endpoints it uses.

using System.Net.WebSockets;

namespace TinyHost.EndToEnd.Daemon;

/// <summary>
/// The page displays its result and posts it. Its picture arrives only after the result was posted, so that a browser that prints a
/// page once it has loaded waits for the conversation to end.
/// </summary>
internal sealed class WebSocketPage
{
    public Task GetAsync(RequestContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteTextAsync(Page);
    }

    /// <summary>Echoes every message, divided into frames as it is received.</summary>
    public async Task EchoAsync(RequestContext context)
    {
        using var socket = await context.AcceptWebSocketAsync();
        var piece = new byte[4_096];
        while (socket is not null)
        {
            var received = await socket.ReceiveAsync(piece.AsMemory(), context.Aborted);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", context.Aborted);
                return;
            }

            await socket.SendAsync(piece.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.Aborted);
        }
    }

    public Task FinishAsync(RequestContext context)
    {
        _finished.TrySetResult();
        return Task.CompletedTask;
    }

    /// <summary>Delays the page's picture until the result was posted.</summary>
    public Task WaitAsync(RequestContext context) => _finished.Task.WaitAsync(context.Aborted);

    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Lengths on both sides of each boundary between encodings of a frame's length (RFC 6455 §5.2), and one that takes many frames.
    private const string Page = """
        <!doctype html>
        <title>WebSocket</title>
        <p id="result">nothing yet</p>
        <img src="/websocket/picture" alt="">
        <script>
        const lengths = [0, 1, 125, 126, 65535, 65536, 1000000];
        const messages = lengths.flatMap(length => [
            "ä€😀x".repeat(length / 5 + 1).slice(0, length).toWellFormed(),
            Uint8Array.from({ length }, (_, at) => at * 31)]);
        const same = (sent, received) => typeof sent === "string" ? sent === received
            : received instanceof ArrayBuffer && received.byteLength === sent.length
                && new Uint8Array(received).every((byte, at) => byte === sent[at]);
        let echoed = 0;
        const finish = text => {
            document.getElementById("result").textContent = text;
            fetch("/websocket/result", { method: "POST", body: text });
        };
        const socket = new WebSocket(`ws://${location.host}/websocket/echo`);
        socket.binaryType = "arraybuffer";
        socket.onopen = () => socket.send(messages[0]);
        socket.onmessage = event => {
            if (!same(messages[echoed], event.data)) {
                finish(`message ${echoed} was changed`);
            } else if (++echoed < messages.length) {
                socket.send(messages[echoed]);
            } else {
                socket.close(1000, "done");
            }
        };
        socket.onclose = event => finish(
            `${echoed} of ${messages.length} messages, then ${event.code} ${event.reason}, clean: ${event.wasClean}`);
        </script>
        """;
}
