// Owns: the server under load, with every handler the load uses.

using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.WebSockets;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.LeftBehindMatrix;

namespace TinyHost.Soak;

internal sealed class SoakServer : IAsyncDisposable
{
    // Connections of the left-behind matrix by the peer's port.
    private readonly ConcurrentDictionary<int, LiveConnection> _matrixConnections = new();
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
        _server = new HttpServer(options, HandleAsync);
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

    /// <summary>The number of open connections, as reported by the server's own instrument.</summary>
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

    /// <summary>Runs one connection of the left-behind matrix. Returns its failures; null if there are none.</summary>
    internal Task<string?> RunAsync(LiveConnection connection) => connection.RunAsync(
        EndPoint,
        onOpen: port => _matrixConnections[port] = connection,
        onClose: port => _matrixConnections.TryRemove(port, out _));

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _meters.Dispose();
    }

    private Task HandleAsync(RequestContext context)
    {
        if (_matrixConnections.TryGetValue(context.Connection.RemoteEndPoint.Port, out var connection))
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
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), context.Aborted);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.Aborted);
                    return;
                }

                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.Aborted);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The peer has left.
        }
    }
}
