// Owns: the load on a WebSocket server: the same message over and over on several connections, each waiting for the reply.

using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

/// <summary>
/// The client runs in the driver, on two threads like wrk. A client of asynchronous WebSockets would take more processor time than a server
/// does, so that the figures would be its own.
/// </summary>
internal sealed class SocketLoad(string path, byte[] message, int connections) : ILoad
{
    private const int Threads = 2;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    /// <summary>The reply to one message, as a client library receives it.</summary>
    public async Task<string> CallAsync(RunningServer server, CancellationToken cancellationToken)
    {
        using var socket = new ClientWebSocket();
        try
        {
            await socket.ConnectAsync(
                new Uri(string.Create(CultureInfo.InvariantCulture, $"ws://127.0.0.1:{server.Port}{path}")), cancellationToken);
            await socket.SendAsync(message.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
            var buffer = new byte[Math.Max(1_024, message.Length)];
            for (var length = 0; ;)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
                length += received.Count;
                if (received.EndOfMessage)
                {
                    return Encoding.UTF8.GetString(buffer, 0, length);
                }
            }
        }
        catch (WebSocketException e)
        {
            throw new BenchException($"{server.Title} does not reply on a WebSocket at {path}: {e.Message}");
        }
    }

    public async Task<WrkOutput> RunAsync(RunningServer server, int seconds, CancellationToken cancellationToken)
    {
        var all = new List<RepeatedMessage>();
        try
        {
            for (var i = 0; i < connections; i++)
            {
                all.Add(new RepeatedMessage(server, path, message));
            }

            var watch = Stopwatch.StartNew();
            var end = TimeSpan.FromSeconds(seconds);
            var results = await Task.WhenAll(all.Chunk(connections / Threads).Select(some => Task.Factory.StartNew(
                () => Repeat(some, watch, end, cancellationToken),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));
            return WrkOutput.Of(results.SelectMany(list => list), watch.Elapsed);
        }
        catch (SocketException e)
        {
            throw new BenchException($"a WebSocket has failed: {e.Message}");
        }
        finally
        {
            all.ForEach(socket => socket.Dispose());
        }
    }

    public override string ToString() =>
        $"{connections} WebSockets on {Threads} threads of the driver; each sends {message.Length} bytes when it has the reply";

    private static List<double> Repeat(RepeatedMessage[] all, Stopwatch watch, TimeSpan end, CancellationToken cancellationToken)
    {
        var latencies = new List<double>(262_144);
        var waiting = all.ToDictionary(one => one.Socket);
        Array.ForEach(all, one => one.Send(watch.Elapsed));
        var ready = new List<Socket>(all.Length);
        while (waiting.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ready.Clear();
            ready.AddRange(waiting.Keys);
            Socket.Select(ready, null, null, s_timeout);
            if (ready.Count == 0)
            {
                throw new BenchException($"there was no reply on {waiting.Count} WebSockets for {s_timeout.TotalSeconds} s");
            }

            foreach (var socket in ready)
            {
                var one = waiting[socket];
                if (!one.Receive())
                {
                    continue;
                }

                var now = watch.Elapsed;
                latencies.Add((now - one.SentAt).TotalMilliseconds);
                if (now < end)
                {
                    one.Send(now);
                }
                else
                {
                    waiting.Remove(socket);
                }
            }
        }

        return latencies;
    }
}
