// Owns: the viewers of a server's events, each on a connection of its own, and publishing events to them.

using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

/// <summary>An event is published when all viewers have received the one before.</summary>
internal sealed class EventViewers : IDisposable
{
    // Once in every event, and nowhere else in what a viewer receives after the head.
    private const byte Mark = (byte)'{';

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    private readonly IdleConnections _connections;
    private readonly string _server;
    private RepeatedRequest? _publisher;
    private TaskCompletionSource _arrived = NewSource();
    private long _received;
    private long _expected;

    private EventViewers(RunningServer server, IdleConnections connections)
    {
        _server = server.Title;
        _connections = connections;
        _expected = connections.Sockets.Count;
        foreach (var socket in connections.Sockets)
        {
            _ = ReceiveAsync(socket);
        }
    }

    /// <summary>
    /// Opens the connections, and publishes one event. Throws <see cref="BenchException"/> if it does not reach every viewer.
    /// </summary>
    public static async Task<EventViewers> OpenAsync(RunningServer server, int count, CancellationToken cancellationToken)
    {
        // The head is all there is before the first event.
        var connections = await ConnectAsync(server, count, cancellationToken);
        var viewers = new EventViewers(server, connections);
        try
        {
            var request = string.Create(
                CultureInfo.InvariantCulture, $"POST /publish HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\nContent-Length: 0\r\n\r\n");
            viewers._publisher = new RepeatedRequest(server.Title, server.Port, Encoding.ASCII.GetBytes(request), depth: 1);
            await viewers.AllArrivedAsync(cancellationToken);
            return viewers;
        }
        catch
        {
            viewers.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Publishes events for so long. Returns, for each, the milliseconds from publishing it to its arrival at the last viewer.
    /// </summary>
    public async Task<IReadOnlyList<double>> PublishForAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        var times = new List<double>(4_096);
        var watch = Stopwatch.StartNew();
        for (var before = watch.Elapsed; before < time;)
        {
            _arrived = NewSource();
            Interlocked.Add(ref _expected, _connections.Sockets.Count);
            _publisher!.Send(1, cancellationToken);
            await AllArrivedAsync(cancellationToken);
            var after = watch.Elapsed;
            times.Add((after - before).TotalMilliseconds);
            before = after;
        }

        return times;
    }

    public void Dispose()
    {
        _publisher?.Dispose();
        _connections.Dispose();
    }

    private static async Task<IdleConnections> ConnectAsync(RunningServer server, int count, CancellationToken cancellationToken)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        giveUp.CancelAfter(s_timeout);
        try
        {
            return await IdleConnections.OpenAsync(server, count, "/events", "\r\n\r\n", giveUp.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchException($"{server.Title} has not begun {count} streams of events in {s_timeout.TotalSeconds} s.");
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task AllArrivedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _arrived.Task.WaitAsync(s_timeout, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new BenchException(
                $"{_server}: viewers have received {Interlocked.Read(ref _received)} of {_expected} events in {s_timeout.TotalSeconds} s.");
        }
    }

    private async Task ReceiveAsync(Socket socket)
    {
        var buffer = new byte[1_024];
        try
        {
            int read;
            while ((read = await socket.ReceiveAsync(buffer)) > 0)
            {
                var events = buffer.AsSpan(0, read).Count(Mark);
                if (events > 0 && Interlocked.Add(ref _received, events) == Interlocked.Read(ref _expected))
                {
                    _arrived.TrySetResult();
                }
            }

            _arrived.TrySetException(new BenchException($"{_server} has ended a stream of events."));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // This side has closed the connection, or the next event does not arrive.
            _arrived.TrySetException(new BenchException($"{_server} has closed a stream of events: {e.Message}"));
        }
    }
}
