// Owns: the load on a WebSocket server: the same message over and over on several connections, each waiting for the reply.

using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

/// <summary>The client runs in the driver, so it takes more processor time than wrk.</summary>
internal sealed class SocketLoad(string path, byte[] message, int connections) : ILoad
{
    private readonly int _replySize = Math.Max(1_024, message.Length);

    /// <summary>The reply to one message.</summary>
    public async Task<string> CallAsync(RunningServer server, CancellationToken cancellationToken)
    {
        using var socket = await ConnectAsync(server, cancellationToken);
        var buffer = new byte[_replySize];
        var length = await CallAsync(socket, buffer, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    public async Task<WrkOutput> RunAsync(RunningServer server, int seconds, CancellationToken cancellationToken)
    {
        var sockets = new List<ClientWebSocket>();
        try
        {
            for (var i = 0; i < connections; i++)
            {
                sockets.Add(await ConnectAsync(server, cancellationToken));
            }

            var watch = Stopwatch.StartNew();
            var end = TimeSpan.FromSeconds(seconds);
            var all = await Task.WhenAll(sockets.Select(socket => Task.Run(() => RepeatAsync(socket, watch, end, cancellationToken))));
            var elapsed = watch.Elapsed.TotalSeconds;
            var latencies = all.SelectMany(list => list).Order().ToArray();
            return new WrkOutput(
                latencies.Length,
                latencies.Length / elapsed,
                latencies[latencies.Length / 2],
                latencies[(int)(latencies.Length * 0.99)],
                SocketErrors: 0,
                NotSuccessful: 0);
        }
        catch (WebSocketException e)
        {
            throw new BenchException($"a WebSocket has failed: {e.Message}");
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    public override string ToString() => $"{connections} WebSockets of the driver, each sends the next message when it has the reply";

    private async Task<ClientWebSocket> ConnectAsync(RunningServer server, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            await socket.ConnectAsync(
                new Uri(string.Create(CultureInfo.InvariantCulture, $"ws://127.0.0.1:{server.Port}{path}")), cancellationToken);
            return socket;
        }
        catch (WebSocketException e)
        {
            socket.Dispose();
            throw new BenchException($"{server.Title} accepts no WebSocket at {path}: {e.Message}");
        }
    }

    private async Task<List<double>> RepeatAsync(
        ClientWebSocket socket, Stopwatch watch, TimeSpan end, CancellationToken cancellationToken)
    {
        var latencies = new List<double>(65_536);
        var buffer = new byte[_replySize];
        for (var before = watch.Elapsed; before < end;)
        {
            await CallAsync(socket, buffer, cancellationToken);
            var after = watch.Elapsed;
            latencies.Add((after - before).TotalMilliseconds);
            before = after;
        }

        return latencies;
    }

    private async ValueTask<int> CallAsync(ClientWebSocket socket, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await socket.SendAsync(message.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        for (var length = 0; ;)
        {
            var received = await socket.ReceiveAsync(buffer[length..], cancellationToken);
            if (received.MessageType != WebSocketMessageType.Text)
            {
                throw new BenchException($"The server has closed a WebSocket: {socket.CloseStatus} {socket.CloseStatusDescription}");
            }

            length += received.Count;
            if (received.EndOfMessage)
            {
                return length;
            }
        }
    }
}
