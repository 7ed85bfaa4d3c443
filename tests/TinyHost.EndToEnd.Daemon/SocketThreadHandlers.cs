// Owns: handlers that show on which kind of thread they run, and one that blocks it.
// Does not own: what the server says about that.

using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TinyHost.EndToEnd.Daemon;

/// <summary>As a logger it waits for one message: the warning about itself.</summary>
internal sealed class SocketThreadHandlers : ILoggerProvider, ILogger
{
    private const int SocketThreadBlocked = 10;
    private const int SocketThreadKept = 13;

    private readonly ManualResetEventSlim _isTold = new();

    /// <summary>Answers with "pool" or "socket".</summary>
    public static Task TellAsync(RequestContext context) =>
        context.Response.WriteTextAsync(Thread.CurrentThread.IsThreadPoolThread ? "pool" : "socket");

    /// <summary>On a socket thread: blocks it until the server has complained. On the pool: answers at once.</summary>
    public Task BlockAsync(RequestContext context)
    {
        if (!Thread.CurrentThread.IsThreadPoolThread)
        {
            _isTold.Wait();
        }

        return TellAsync(context);
    }

    /// <summary>The same behind a wait for a socket of its own, as that of a proxy.</summary>
    public async Task BlockBehindSocketAsync(RequestContext context)
    {
        await UseSocketAsync();
        await BlockAsync(context);
    }

    /// <summary>Waits for a socket, as an HTTP client does.</summary>
    public static async Task UseSocketAsync()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Connect(socket.LocalEndPoint!);
        var arrival = socket.ReceiveAsync(new byte[1]);
        await socket.SendAsync(new byte[1]);
        await arrival;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id is SocketThreadBlocked or SocketThreadKept)
        {
            _isTold.Set();
        }
    }

    public void Dispose() => _isTold.Dispose();
}
