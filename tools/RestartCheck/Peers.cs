// Owns: the kinds of connections: each method is one connection, from its opening to its end.

using System.Net.WebSockets;

namespace TinyHost.RestartCheck;

internal sealed class Peers(Arguments arguments, Tally tally, CancellationToken over)
{
    private const int UploadPieces = 8;
    private const int PieceSize = 8_192;
    private const int Burst = 8;

    private readonly string _get = Head(arguments, "GET", arguments.Url.PathAndQuery);

    /// <summary>The kinds that the arguments ask for.</summary>
    internal IEnumerable<(string Kind, Func<Task> Connect)> Kinds()
    {
        yield return ("queued", QueueAsync);
        yield return ("half a head", SendHalfAsync);
        yield return ("idle", IdleAsync);
        yield return ("busy", KeepBusyAsync);
        if (arguments.Upload is { } upload)
        {
            yield return ("upload", () => UploadAsync(upload));
        }

        if (arguments.Stream is { } stream)
        {
            yield return ("stream", () => FollowAsync(stream));
        }

        if (arguments.WebSocket is { } webSocket)
        {
            yield return ("websocket", () => KeepWebSocketAsync(webSocket));
        }
    }

    /// <summary>Many connections at once, each with its request, so that some wait in the server's queue.</summary>
    private async Task QueueAsync()
    {
        await Task.WhenAll(Enumerable.Range(0, Burst).Select(async _ =>
        {
            using var connection = await OpenAsync("queued");
            if (connection is not null && await connection.RequestAsync(_get, over))
            {
                connection.Abandon();
            }
        }));
        await Task.Delay(Random.Shared.Next(100), over);
    }

    /// <summary>Sends a request in two parts with a pause between them.</summary>
    private async Task SendHalfAsync()
    {
        const string Kind = "half a head";
        using var connection = await OpenAsync(Kind);
        if (connection is not null && await connection.SendPartAsync(_get[..^3], over))
        {
            await Task.Delay(Random.Shared.Next(2_000), over);
            await connection.RequestAsync(_get[^3..], over);
        }
    }

    /// <summary>Waits after a first response until the server ends the connection.</summary>
    private async Task IdleAsync()
    {
        using var connection = await OpenAsync("idle");
        if (connection is not null && await connection.RequestAsync(_get, over))
        {
            await connection.WaitForEndAsync(over);
        }
    }

    /// <summary>Sends one request after the other until a response ends the connection.</summary>
    private async Task KeepBusyAsync()
    {
        using var connection = await OpenAsync("busy");
        while (connection is not null && await connection.RequestAsync(_get, over))
        {
            await Task.Delay(Random.Shared.Next(20), over);
        }
    }

    /// <summary>Sends content in pieces with pauses, unless the server answers before its end.</summary>
    private async Task UploadAsync(string path)
    {
        using var connection = await OpenAsync("upload");
        var head = Head(arguments, arguments.Method, path, $"Content-Length: {UploadPieces * PieceSize}\r\n");
        if (connection is null || !await connection.SendPartAsync(head, over))
        {
            return;
        }

        var piece = new string('u', PieceSize);
        for (var i = 0; i < UploadPieces && !connection.HasNews(); i++)
        {
            if (!await connection.SendPartAsync(piece, over))
            {
                break;
            }

            await Task.Delay(Random.Shared.Next(200), over);
        }

        await connection.ReadResponseAsync(over);
    }

    /// <summary>Reads a streamed response to its end, which a stop of the server brings about.</summary>
    private async Task FollowAsync(string path)
    {
        using var connection = await OpenAsync("stream");
        if (connection is not null)
        {
            await connection.RequestAsync(Head(arguments, "GET", path), over);
        }
    }

    /// <summary>Sends messages over a WebSocket until the server closes it.</summary>
    private async Task KeepWebSocketAsync(string path)
    {
        const string Kind = "websocket";
        using var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        var generation = tally.Opened();
        var isOpen = false;
        try
        {
            await socket.ConnectAsync(new UriBuilder(arguments.Url) { Scheme = "ws", Path = path }.Uri, over);
            isOpen = true;
            var sending = SendMessagesAsync(socket);
            var buffer = new byte[1_024];
            while ((await socket.ReceiveAsync(buffer, over)).MessageType != WebSocketMessageType.Close)
            {
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, over);
            await sending;
            tally.Answer(Kind);
        }
        catch (WebSocketException e)
        {
            tally.Lose(Kind, isOpen ? $"a WebSocket ended without a close frame ({e.WebSocketErrorCode})" : "a WebSocket was not accepted");
        }
        finally
        {
            tally.Closed(generation);
        }
    }

    private async Task SendMessagesAsync(ClientWebSocket socket)
    {
        try
        {
            while (socket.State == WebSocketState.Open)
            {
                await socket.SendAsync("message"u8.ToArray(), WebSocketMessageType.Text, true, over);
                await Task.Delay(Random.Shared.Next(100), over);
            }
        }
        catch (WebSocketException)
        {
            // Receiving tells how the connection ended.
        }
    }

    private static string Head(Arguments arguments, string method, string path, string fields = "") =>
        $"{method} {path} HTTP/1.1\r\nHost: {arguments.Url.Authority}\r\n{fields}\r\n";

    private Task<ClientConnection?> OpenAsync(string kind) => ClientConnection.OpenAsync(arguments.Url, tally, kind, over);
}
