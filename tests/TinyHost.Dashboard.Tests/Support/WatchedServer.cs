// Owns: a server with a dashboard, an app that gets requests, and JSON-RPC methods.

using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.JsonRpc;
using TinyHost.Metrics;

namespace TinyHost.Dashboard.Tests.Support;

internal sealed class WatchedServer : IAsyncDisposable
{
    private readonly HttpServer _server;
    private readonly string _scheme;
    private readonly HttpClient _client = new();
    private readonly CancellationTokenSource _ending = new();
    private Task _load = Task.CompletedTask;

    private WatchedServer(int metricsPort, Action<MetricsOptions>? configure, X509Certificate2? certificate)
    {
        _scheme = certificate is null ? "http" : "https";
        var metrics = new MetricsOptions { Prefix = "metrics", Dashboard = true };
        configure?.Invoke(metrics);
        var options = new ServerOptions();
        options.Prefixes.Add("http://127.0.0.1:0/");
        options.Prefixes.Add($"metrics={_scheme}://127.0.0.1:{metricsPort}/", prefix =>
        {
            if (certificate is not null)
            {
                prefix.Tls.Certificates.Add(new TlsCertificate { Certificate = certificate });
            }
        });
        var rpc = new JsonRpcHandler().Add("add", (JsonRpcMethod)(call =>
        {
            call.Result.WriteNumberValue(3);
            return new ValueTask<JsonRpcError?>((JsonRpcError?)null);
        }));
        var routes = new Routes()
            .Get("/hello", context => context.Response.WriteTextAsync("Hello."))
            .Get("/broken", _ => throw new InvalidOperationException("It is broken."))
            .Post("/rpc", rpc);
        _server = new HttpServer(options, new Pipeline().UseErrors(logger: NullLogger.Instance).UseMetrics(metrics).Run(routes));
    }

    internal string DashboardUrl => $"{_scheme}://127.0.0.1:{MetricsPort}/dashboard";

    internal int MetricsPort => _server.EndPoints[1].Port;

    internal static async Task<WatchedServer> StartAsync(
        Action<MetricsOptions>? configure = null, int metricsPort = 0, X509Certificate2? certificate = null)
    {
        var server = new WatchedServer(metricsPort, configure, certificate);
        await server._server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Sends requests of several kinds until the server is disposed: most succeed, some are not found, some fail.</summary>
    internal void BeginLoad() => _load = LoadAsync();

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _load;
        _client.Dispose();
        await _server.DisposeAsync();
        _ending.Dispose();
    }

    private async Task LoadAsync()
    {
        var app = $"http://127.0.0.1:{_server.EndPoints[0].Port}";
        while (!_ending.IsCancellationRequested)
        {
            foreach (var path in (string[])["/hello", "/hello", "/hello", "/missing", "/broken"])
            {
                using var response = await _client.GetAsync(new Uri(app + path));
            }

            using var call = new StringContent(
                """{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}""", Encoding.UTF8, "application/json");
            using var reply = await _client.PostAsync(new Uri(app + "/rpc"), call);
            Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        }
    }
}
