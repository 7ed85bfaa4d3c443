// Owns: many connections to one server that have had one response each, or its beginning, and are idle.

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

/// <summary>The connections stay open until this is disposed.</summary>
internal sealed class IdleConnections : IDisposable
{
    // Small enough for every server's backlog.
    private const int BatchSize = 100;

    private readonly List<Socket> _sockets = [];

    private IdleConnections()
    {
    }

    public IReadOnlyList<Socket> Sockets => _sockets;

    /// <summary>Opens the connections, and gets <c>/</c> once on each. Throws <see cref="BenchException"/> if that fails.</summary>
    public static Task<IdleConnections> OpenAsync(RunningServer server, int count, CancellationToken cancellationToken) =>
        OpenAsync(server, count, "/", "Hello, World!", cancellationToken);

    /// <summary>
    /// Opens the connections, sends one GET on each, and waits until what has arrived ends with a text. Throws
    /// <see cref="BenchException"/> if that fails.
    /// </summary>
    public static async Task<IdleConnections> OpenAsync(
        RunningServer server, int count, string path, string end, CancellationToken cancellationToken)
    {
        var connections = new IdleConnections();
        try
        {
            while (connections._sockets.Count < count)
            {
                var batch = Enumerable.Range(0, Math.Min(BatchSize, count - connections._sockets.Count));
                connections._sockets.AddRange(await Task.WhenAll(batch.Select(_ => OpenAsync(server, path, end, cancellationToken))));
            }

            return connections;
        }
        catch (SocketException e)
        {
            connections.Dispose();
            throw new BenchException(
                $"{server.Title}: {e.Message} after {connections._sockets.Count} of {count} connections. "
                + $"The limit of open files (ulimit -Hn) must be above {count + 500}.");
        }
        catch
        {
            connections.Dispose();
            throw;
        }
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    private static async Task<Socket> OpenAsync(RunningServer server, string path, string end, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port), cancellationToken);
            var request = string.Create(CultureInfo.InvariantCulture, $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\n\r\n");
            await socket.SendAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
            var response = new byte[1_024];
            var received = 0;
            while (!Encoding.ASCII.GetString(response, 0, received).EndsWith(end, StringComparison.Ordinal))
            {
                var read = await socket.ReceiveAsync(response.AsMemory(received), cancellationToken);
                received += read > 0 ? read : throw new BenchException($"{server.Title} closed a persistent connection.");
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
