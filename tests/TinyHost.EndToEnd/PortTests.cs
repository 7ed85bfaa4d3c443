// Owns: which of the two ports answers what.
// Does not own: how a port is told apart (TinyHost.Tests).

using System.Net;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class PortTests
{
    [Fact]
    public async Task Each_port_knows_nothing_of_the_other()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc);

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(daemon.App, "/metrics"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(daemon.Metrics, "/rpc"));
        using var call = await daemon.Metrics.PostRpcAsync("""{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}""");
        Assert.Equal(HttpStatusCode.NotFound, call.StatusCode);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(daemon.Metrics, "/metrics"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(daemon.Metrics, "/"));
        Assert.Equal("""{"jsonrpc":"2.0","result":3,"id":1}""", await daemon.App.CallAsync("add", "[1,2]"));
    }

    [Fact]
    public async Task The_Host_field_routes_nothing()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Hello);

        using var toApp = new HttpRequestMessage(HttpMethod.Get, "/hello") { Headers = { Host = $"localhost:{daemon.MetricsPort}" } };
        using var answer = await daemon.App.SendAsync(toApp, TestContext.Current.CancellationToken);
        Assert.Equal("Hello from TinyHost!", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        using var toMetrics = new HttpRequestMessage(HttpMethod.Get, "/hello") { Headers = { Host = $"localhost:{daemon.AppPort}" } };
        using var refusal = await daemon.Metrics.SendAsync(toMetrics, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, refusal.StatusCode);
    }

    [Fact]
    public async Task Ten_thousand_scrapes_leave_the_apps_series_as_they_were()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc);
        await daemon.App.CallAsync("add", "[1,2]");
        var before = await AppSeriesAsync(daemon);
        Assert.Contains(before, sample => sample.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal));

        await Parallel.ForAsync(0, 10_000, TestContext.Current.CancellationToken, async (_, cancellationToken) =>
        {
            using var scrape = await daemon.Metrics.GetAsync("/metrics", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            Assert.Equal(HttpStatusCode.OK, scrape.StatusCode);
        });

        Assert.Equal(before, await AppSeriesAsync(daemon));
    }

    private static async Task<IEnumerable<string>> AppSeriesAsync(Daemon daemon)
    {
        var scrape = await daemon.ScrapeAsync();
        return scrape.Samples("http_server_").Concat(scrape.Samples("rpc_server_"));
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string path)
    {
        using var response = await http.GetAsync(path, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
