// Owns: a real server with an app and a metrics port on loopback, and a client.

using System.Net;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Support;

internal sealed class MetricsServer : IAsyncDisposable
{
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };

    private MetricsServer(HttpServer server, int appPort, int metricsPort) =>
        (Server, AppPort, MetricsPort) = (server, appPort, metricsPort);

    internal HttpServer Server { get; }

    internal int AppPort { get; }

    internal int MetricsPort { get; }

    internal static Task<MetricsServer> StartAsync(
        Action<MetricsOptions>? configure = null, Func<RequestContext, Task>? app = null, IServiceProvider? services = null,
            Action<ServerLimits>? limit = null) =>
        StartAsync(
            port =>
            {
                var options = new MetricsOptions { Port = port };
                configure?.Invoke(options);
                return PrometheusMetrics.Wrap(app ?? Hello, options, services);
            },
            services,
            limit);

    internal static Task<MetricsServer> StartAsync(
        Func<int, Func<RequestContext, Task>> wrap, IServiceProvider? services = null, Action<ServerLimits>? limit = null)
    {
        int[] ports = [FreePort.Next(), FreePort.Next()];
        return StartAsync(ports, wrap(ports[1]), services, limit);
    }

    internal static async Task<MetricsServer> StartAsync(
        int[] ports, Func<RequestContext, Task> chain, IServiceProvider? services, Action<ServerLimits>? limit = null)
    {
        var options = new ServerOptions { Services = services };
        limit?.Invoke(options.Limits);
        options.Prefixes.Add($"http://127.0.0.1:{ports[0]}/");
        options.Prefixes.Add($"http://127.0.0.1:{ports[1]}/");
        var server = new HttpServer(options, chain);
        await server.StartAsync();
        return new MetricsServer(server, ports[0], ports[1]);
    }

    internal static Task Hello(RequestContext context) => context.Response.WriteTextAsync("app\n");

    internal async Task<(HttpStatusCode Status, string Content, HttpResponseMessage Response)> SendAsync(
        string method, int port, string path, string? host = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"http://127.0.0.1:{port}{path}");
        request.Headers.Host = host;
        using var response = await _client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }

    /// <summary>Scrapes the metrics port and returns the exposition.</summary>
    internal async Task<string> ScrapeAsync(string path = "/metrics")
    {
        var (status, content, _) = await SendAsync("GET", MetricsPort, path);
        Assert.Equal(HttpStatusCode.OK, status);
        return content;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Server.DisposeAsync();
    }
}
