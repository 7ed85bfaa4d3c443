// Owns: a handler that accepts WebSockets behind a server on a free port, with a clock, meters and a log of the test.

using System.Diagnostics.Metrics;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Tests.Support;

/// <summary>Serves a handler with the methods of <see cref="RpcServer"/> at <c>/rpc</c>.</summary>
internal sealed class RpcSocketServer : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly HttpServer _server;

    private RpcSocketServer(JsonRpcHandler handler, Func<Func<RequestContext, Task>, Func<RequestContext, Task>>? wrap)
    {
        Handler = handler;
        _services = new ServiceCollection()
            .AddSingleton<IMeterFactory>(Meters).AddSingleton<ILoggerFactory>(Log).AddSingleton<TimeProvider>(Time)
            .AddScoped<StringBuilder>().AddScoped<Disposed>().BuildServiceProvider();
        var options = new ServerOptions { Services = _services };
        options.Prefixes.Add("http://127.0.0.1:0/");
        Func<RequestContext, Task> app = new Routes().Post("/rpc", handler).Get("/rpc", handler);
        _server = new HttpServer(options, wrap?.Invoke(app) ?? app);
    }

    public JsonRpcHandler Handler { get; }

    public MeterRecorder Meters { get; } = new();

    public RecordingLogger Log { get; } = new();

    public ManualTime Time { get; } = new();

    public int Port => _server.EndPoints[0].Port;

    /// <summary>The limits that were counted, in order.</summary>
    public IEnumerable<object?> Limits => Meters.Tags("tinyhost.jsonrpc.limited").Select(tags => tags["limit"]);

    /// <summary>The number of open connections by the metrics.</summary>
    public double Open => Meters.Values("tinyhost.jsonrpc.connections.active").Sum();

    public static Task<RpcSocketServer> StartAsync(
        Action<JsonRpcOptions>? configure = null,
        Action<JsonRpcHandler>? add = null,
        Func<Func<RequestContext, Task>, Func<RequestContext, Task>>? wrap = null)
    {
        var options = new JsonRpcOptions();
        configure?.Invoke(options);
        var handler = new JsonRpcHandler(options);
        RpcServer.AddMethods(handler);
        add?.Invoke(handler);
        return StartAsync(new RpcSocketServer(handler, wrap));
    }

    /// <summary>A message that calls a method with an id.</summary>
    public static string Call(string method, string id, string parameters = "[]") =>
        $$"""{"jsonrpc":"2.0","method":"{{method}}","params":{{parameters}},"id":{{id}}}""";

    public async Task<RpcSocket> ConnectAsync(Action<ClientWebSocketOptions>? configure = null)
    {
        var socket = new ClientWebSocket();
        configure?.Invoke(socket.Options);
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{Port}/rpc"), TestContext.Current.CancellationToken);
        return new RpcSocket(socket);
    }

    /// <summary>Tries to connect; returns the status code of the refusal.</summary>
    public async Task<int> RefusalAsync(Action<ClientWebSocketOptions>? configure = null)
    {
        using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        configure?.Invoke(socket.Options);
        await Assert.ThrowsAsync<WebSocketException>(
            () => socket.ConnectAsync(new Uri($"ws://127.0.0.1:{Port}/rpc"), TestContext.Current.CancellationToken));
        return (int)socket.HttpStatusCode;
    }

    public Task StopAsync(CancellationToken giveUp = default) => _server.StopAsync(giveUp);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _services.DisposeAsync();
        Meters.Dispose();
        Assert.Equal(0, Open);
    }

    private static async Task<RpcSocketServer> StartAsync(RpcSocketServer server)
    {
        await server._server.StartAsync();
        return server;
    }

    /// <summary>A service that tells when its scope ends.</summary>
    internal sealed class Disposed : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
