// Owns: clients that keep a server busy over many connections while it is stopped and started again, and count the requests lost.

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.Tests.Support;

/// <summary>
/// A request is lost if it was sent whole while its connection was open, and no response came. A client whose connection was closed, or
/// said to be closing, connects anew.
/// </summary>
/// <param name="connections">The number of clients.</param>
/// <param name="drainDelay">The server's.</param>
/// <param name="proxyHeader">What each connection begins with; empty for a prefix that takes no PROXY headers.</param>
internal sealed class StopLoad(int connections, TimeSpan drainDelay, string proxyHeader = "")
{
    private const string Request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    private static readonly byte[] s_request = Encoding.Latin1.GetBytes(Request);

    private readonly byte[] _first = Encoding.Latin1.GetBytes(proxyHeader + Request);
    private readonly ConcurrentQueue<string> _lost = new();
    private readonly CancellationTokenSource _over = new();
    private long _answered;

    internal long Answered => Interlocked.Read(ref _answered);

    /// <summary>How requests were lost; null if none was.</summary>
    internal string? Failure =>
        _lost.IsEmpty ? null : $"{_lost.Count} of {Answered + _lost.Count} requests were lost: {string.Join("; ", _lost.Distinct())}";

    /// <summary>Stops and starts the server so many times, each time when every client is served.</summary>
    internal async Task RunAsync(int stops)
    {
        var options = new ServerOptions { DrainDelay = drainDelay };
        // Clients that connect while it is closed must not get its port as their own.
        var endPoint = new IPEndPoint(IPAddress.Loopback, FreePort.Next());
        options.Prefixes.Add($"http://{endPoint}/", TrustProxy);
        var server = new HttpServer(options, static context => context.Response.WriteTextAsync("hello"));
        await server.StartAsync();
        var clients = Enumerable.Range(0, connections).Select(_ => Task.Run(() => RunClientAsync(endPoint))).ToArray();
        for (var i = 0; i < stops; i++)
        {
            await AnsweredAsync(Answered + connections);
            await server.StopAsync();
            await server.DisposeAsync();
            options.Prefixes.Clear();
            options.Prefixes.Add($"http://{endPoint}/", TrustProxy);
            server = new HttpServer(options, static context => context.Response.WriteTextAsync("hello"));
            await server.StartAsync();
        }

        await AnsweredAsync(Answered + connections);
        await _over.CancelAsync();
        await Task.WhenAll(clients);
        await server.DisposeAsync();
    }

    private void TrustProxy(PrefixOptions prefix)
    {
        if (proxyHeader.Length > 0)
        {
            prefix.ProxyProtocol.Add("127.0.0.1");
        }
    }

    private async Task AnsweredAsync(long count)
    {
        while (Answered < count)
        {
            await Task.Delay(1);
        }
    }

    private async Task RunClientAsync(IPEndPoint endPoint)
    {
        while (!_over.IsCancellationRequested)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(endPoint, _over.Token);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The port is closed until the server starts again.
                await Task.Delay(5);
                continue;
            }

            for (var request = _first; !_over.IsCancellationRequested && await TryRequestAsync(socket, request); request = s_request)
            {
            }
        }
    }

    /// <summary>False when the client must connect anew.</summary>
    private async Task<bool> TryRequestAsync(Socket socket, byte[] request)
    {
        if (HasEnded(socket))
        {
            return false;
        }

        var isWhole = false;
        var received = new byte[1_024];
        var length = 0;
        try
        {
            isWhole = await socket.SendAsync(request) == request.Length && !HasFinished(socket);
            while (!Encoding.Latin1.GetString(received, 0, length).EndsWith("hello", StringComparison.Ordinal))
            {
                var count = await socket.ReceiveAsync(received.AsMemory(length));
                if (count == 0)
                {
                    return Lose(isWhole, "the connection ended", length);
                }

                length += count;
            }
        }
        catch (SocketException e)
        {
            return Lose(isWhole, e.SocketErrorCode.ToString(), length);
        }

        Interlocked.Increment(ref _answered);
        return !Encoding.Latin1.GetString(received, 0, length).Contains("Connection: close", StringComparison.Ordinal);
    }

    private bool Lose(bool isWhole, string how, int received)
    {
        if (isWhole)
        {
            _lost.Enqueue($"{how} after {received} bytes");
        }

        return false;
    }

    private static bool HasEnded(Socket socket) => socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;

    // A reset is no end: the request may have been waiting for the server when it closed the connection.
    private static bool HasFinished(Socket socket)
    {
        try
        {
            return HasEnded(socket) && socket.Receive(new byte[1], SocketFlags.Peek) == 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
