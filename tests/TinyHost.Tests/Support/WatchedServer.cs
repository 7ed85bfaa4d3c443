// Owns: a real server whose log, close reasons and open connections tests can check.

using System.Diagnostics.Metrics;

namespace TinyHost.Tests.Support;

/// <summary>Answers <c>/ok</c> itself, and passes all other requests to the app.</summary>
internal sealed class WatchedServer : IServiceProvider, IAsyncDisposable
{
    private readonly MeterRecorder _meters = new();
    private int _served;

    private WatchedServer()
    {
    }

    internal RecordingLogger Log { get; } = new();

    internal MeterRecorder Meters => _meters;

    internal HttpServer Server { get; private set; } = null!;

    internal static async Task<WatchedServer> StartAsync(
        Func<RequestContext, Task> app, Action<ServerLimits>? limit = null, Action<ServerOptions>? configure = null)
    {
        var watched = new WatchedServer();
        watched.Server = await TestServer.StartAsync(
            context => context.Request.Path == "/ok" ? context.Response.WriteTextAsync("ok") : app(context),
            options =>
            {
                options.Services = watched;
                options.LoggerFactory = watched.Log;
                limit?.Invoke(options.Limits);
                configure?.Invoke(options);
            });
        return watched;
    }

    internal Task<RawClient> ConnectAsync() => Server.ConnectAsync();

    /// <summary>Fails unless a new connection is served.</summary>
    internal async Task AssertServesAsync()
    {
        using var client = await ConnectAsync();
        Assert.Equal("ok", (await client.GetAsync("/ok", "Connection: close\r\n")).Content);
        Assert.Equal("", await client.ReadToEndAsync());
        _served++;
    }

    /// <summary>
    /// Waits until that many connections have closed, and returns their reasons, without those of <see cref="AssertServesAsync"/>.
    /// </summary>
    internal async Task<IReadOnlyList<string>> ClosedAsync(int count)
    {
        await Until.TrueAsync(() => Reasons().Count >= count);
        return Reasons();
    }

    /// <summary>Waits until no connection is open.</summary>
    internal Task EmptyAsync() => Until.TrueAsync(() => _meters.Observe("tinyhost.connections.active") == 0);

    public object? GetService(Type serviceType) => serviceType == typeof(IMeterFactory) ? _meters : null;

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _meters.Dispose();
    }

    private List<string> Reasons()
    {
        var reasons = _meters.Tags("tinyhost.connection.duration").Select(tags => (string)tags["reason"]!).ToList();
        for (var i = 0; i < _served; i++)
        {
            reasons.Remove("after_response");
        }

        return reasons;
    }
}
