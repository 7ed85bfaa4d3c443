// Owns: the server under load, with everything the load asks for.
// Does not own: the load (Peers), or what is left behind (LeftBehindHandler).

using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.LeftBehindMatrix;

namespace TinyHost.Soak;

internal sealed class SoakServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, LiveConnection> _leftBehind = new();
    private readonly MeterListener _meters = new();
    private readonly HttpServer _server;
    private long _active = -1;

    internal SoakServer(ILoggerFactory? loggers)
    {
        var options = new ServerOptions { Prefixes = { "http://127.0.0.1:0/" }, LoggerFactory = loggers };
        options.Limits.MaxDrainSize = LeftBehindMessages.MaxDrainSize;
        options.Limits.ResponseBufferSize = 1_024;
        options.Limits.HeaderSectionTimeout = TimeSpan.FromSeconds(2);
        options.Limits.IdleTimeout = TimeSpan.FromSeconds(5);
        _server = new HttpServer(options, AnswerAsync);
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "tinyhost.connections.active")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<long>((_, value, _, _) => _active = value);
    }

    internal IPEndPoint EndPoint => _server.EndPoints[0];

    /// <summary>How many connections the server's own instrument says are open.</summary>
    internal long ActiveConnections
    {
        get
        {
            _meters.RecordObservableInstruments();
            return _active;
        }
    }

    internal async Task StartAsync()
    {
        _meters.Start();
        await _server.StartAsync();
    }

    internal Task StopAsync() => _server.StopAsync();

    /// <summary>One connection of the left-behind matrix, to its end.</summary>
    internal Task<string?> LeaveBehindAsync(LiveConnection connection) =>
        connection.RunAsync(EndPoint, announce: port => _leftBehind[port] = connection, forget: port => _leftBehind.TryRemove(port, out _));

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _meters.Dispose();
    }

    private Task AnswerAsync(RequestContext context)
    {
        if (_leftBehind.TryGetValue(context.Connection.RemoteEndPoint.Port, out var connection))
        {
            return connection.Handler.HandleAsync(context);
        }

        return context.Request.Path switch
        {
            "/echo" => EchoAsync(context),
            "/large" => WriteLargeAsync(context),
            "/line" => EchoLineAsync(context),
            "/websocket" => EchoMessagesAsync(context),
            "/throw" => throw new DeliberateFailure(),
            _ => context.Response.WriteTextAsync("hello"),
        };
    }

    private static async Task EchoAsync(RequestContext context) =>
        await context.Response.WriteAsync(await context.Request.Body.ReadAllAsync());

    private static async Task WriteLargeAsync(RequestContext context)
    {
        var piece = new byte[16_384];
        for (var i = 0; i < 32; i++)
        {
            await context.Response.WriteAsync(piece);
        }
    }

    private static async Task EchoLineAsync(RequestContext context)
    {
        await using var stream = await context.UpgradeAsync("line");
        await stream.CopyToAsync(stream);
    }

    private static async Task EchoMessagesAsync(RequestContext context)
    {
        using var socket = await context.AcceptWebSocketAsync();
        if (socket is null)
        {
            return;
        }

        var buffer = new byte[4_096];
        try
        {
            for (; ; )
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), context.Aborted);
                if (received.MessageType == System.Net.WebSockets.WebSocketMessageType.Close)
                {
                    await socket.CloseOutputAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, context.Aborted);
                    return;
                }

                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.Aborted);
            }
        }
        catch (Exception e) when (e is System.Net.WebSockets.WebSocketException or OperationCanceledException)
        {
            // The peer has left.
        }
    }
}
