// Owns: the shop whose dashboard is drawn: its server, its routes and its methods.

using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.JsonRpc;
using TinyHost.Metrics;
using TinyHost.Testing;

namespace TinyHost.DashboardPicture;

/// <summary>
/// A server whose requests take as long, by the clock, as their field <c>Latency</c> says, and have the status that <c>Status</c> says.
/// </summary>
internal sealed class Shop : IAsyncDisposable
{
    private const string Rpc = "/rpc";

    private readonly ManualClock _clock;
    private readonly SemaphoreSlim _arrivals = new(0);
    private readonly HttpServer _server;

    internal Shop(ManualClock clock)
    {
        _clock = clock;
        var metrics = new MetricsOptions { Prefix = "metrics", Dashboard = true };
        metrics.Health.Add("database", _ => Task.FromResult(HealthResult.Healthy));
        metrics.Health.Add("stock", _ => Task.FromResult(HealthResult.Degraded("the last import is 40 minutes old")));
        var options = new ServerOptions { TimeProvider = clock };
        options.Prefixes.Add("http://127.0.0.1:0/");
        options.Prefixes.Add("metrics=http://127.0.0.1:0/");
        var rpc = new JsonRpcHandler();
        foreach (var method in (string[])["stock.count", "price.quote"])
        {
            rpc.Add(method, (JsonRpcMethod)(async call =>
            {
                await WaitAsync(call.Context);
                call.Result.WriteNumberValue(3);
                return null;
            }));
        }

        var routes = new Routes()
            .Get("/products/{id}", AnswerAsync)
            .Get("/search", AnswerAsync)
            .Post("/orders", AnswerAsync)
            .Get("/orders/{id}", AnswerAsync)
            .Post(Rpc, rpc);
        var pipeline = new Pipeline(new Services(clock)).UseErrors(logger: NullLogger.Instance).UseMetrics(metrics);
        _server = new HttpServer(options, pipeline.Run(routes));
    }

    internal string Url => $"http://127.0.0.1:{_server.EndPoints[0].Port}";

    internal string MetricsUrl => $"http://127.0.0.1:{_server.EndPoints[1].Port}/metrics";

    internal string DashboardUrl => $"http://127.0.0.1:{_server.EndPoints[1].Port}/dashboard";

    internal Task StartAsync() => _server.StartAsync();

    /// <summary>Ends when another request waits for the clock.</summary>
    internal Task ArrivalAsync() => _arrivals.WaitAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _arrivals.Dispose();
    }

    private async Task AnswerAsync(RequestContext context)
    {
        await WaitAsync(context);
        context.Response.StatusCode = int.Parse(context.Request.Fields["Status"]!, CultureInfo.InvariantCulture);
        await context.Response.WriteTextAsync(new string('x', 2_000));
    }

    private Task WaitAsync(RequestContext context)
    {
        var latency = double.Parse(context.Request.Fields["Latency"]!, CultureInfo.InvariantCulture);
        var wait = Task.Delay(TimeSpan.FromSeconds(latency), _clock);
        _arrivals.Release();
        return wait;
    }

    // The clock is all that stages ask for.
    private sealed class Services(ManualClock clock) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(TimeProvider) ? clock : null;
    }
}
