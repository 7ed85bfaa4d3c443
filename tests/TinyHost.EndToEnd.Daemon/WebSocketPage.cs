// Owns: a page that talks to this daemon over a WebSocket, and what it talks to.
// Does not own: what is expected of the conversation.

using System.Net.WebSockets;

namespace TinyHost.EndToEnd.Daemon;

/// <summary>
/// The page writes its result into itself and posts it. A browser counts the page as loaded only when the picture has come, and
/// that comes when the result has: so a browser that prints loaded pages waits for the conversation.
/// </summary>
internal sealed class WebSocketPage
{
    public Task ShowAsync(RequestContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteTextAsync(Page);
    }

    /// <summary>Sends every message back as it came, in frames of its own making.</summary>
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

    /// <summary>The picture.</summary>
    public Task WaitAsync(RequestContext context) => _finished.Task.WaitAsync(context.Aborted);

    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Lengths on both sides of each way to write a frame's length, RFC 6455 §5.2, and one of many frames.
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
            : received instanceof ArrayBuffer && received.byteLength === sent.length && new Uint8Array(received).every((octet, at) => octet === sent[at]);
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
                finish(`message ${echoed} came back changed`);
            } else if (++echoed < messages.length) {
                socket.send(messages[echoed]);
            } else {
                socket.close(1000, "done");
            }
        };
        socket.onclose = event => finish(`${echoed} of ${messages.length} messages, then ${event.code} ${event.reason}, clean: ${event.wasClean}`);
        </script>
        """;
}
