// Owns: handlers that report the kind of thread they run on, or block it.

using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TinyHost.EndToEnd.Daemon;

/// <summary>Also a logger: it watches for the server's warning about its own blocked thread.</summary>
internal sealed class SocketThreadHandlers : ILoggerProvider, ILogger
{
    private const int SocketThreadBlocked = 10;
    private const int SocketThreadKept = 13;

    private readonly ManualResetEventSlim _warned = new();

    /// <summary>Responds with "pool" or "socket".</summary>
    public static Task GetThreadKindAsync(RequestContext context) =>
        context.Response.WriteTextAsync(Thread.CurrentThread.IsThreadPoolThread ? "pool" : "socket");

    /// <summary>On a socket thread, blocks it until the server has logged a warning. On the thread pool, responds at once.</summary>
    public Task BlockAsync(RequestContext context)
    {
        if (!Thread.CurrentThread.IsThreadPoolThread)
        {
            _warned.Wait();
        }

        return GetThreadKindAsync(context);
    }

    /// <summary>Blocks after awaiting a socket of its own, as a proxy might.</summary>
    public async Task BlockAfterSocketAsync(RequestContext context)
    {
        await AwaitSocketAsync();
        await BlockAsync(context);
    }

    /// <summary>Awaits a receive on a socket, as an HTTP client does.</summary>
    public static async Task AwaitSocketAsync()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Connect(socket.LocalEndPoint!);
        var arrival = socket.ReceiveAsync(new byte[1]);
        // Sent later: if the receive had completed before it is awaited, the caller would go on in the turn of its own connection.
        _ = SendLaterAsync(socket);
        await arrival;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id is SocketThreadBlocked or SocketThreadKept)
        {
            _warned.Set();
        }
    }

    public void Dispose() => _warned.Dispose();

    private static async Task SendLaterAsync(Socket socket)
    {
        await Task.Delay(100);
        await socket.SendAsync(new byte[1]);
    }
}
