// Owns: the separation of the application port and the metrics port.

using System.Net;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class PortTests
{
    [Fact]
    public async Task Neither_port_serves_the_routes_of_the_other()
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
    public async Task The_Host_field_does_not_select_the_port()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Hello);

        using var toApp = new HttpRequestMessage(HttpMethod.Get, "/hello") { Headers = { Host = $"localhost:{daemon.MetricsPort}" } };
        using var response = await daemon.App.SendAsync(toApp, TestContext.Current.CancellationToken);
        Assert.Equal("Hello from TinyHost!", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        using var toMetrics = new HttpRequestMessage(HttpMethod.Get, "/hello") { Headers = { Host = $"localhost:{daemon.AppPort}" } };
        using var notFound = await daemon.Metrics.SendAsync(toMetrics, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, notFound.StatusCode);
    }

    [Fact]
    public async Task Ten_thousand_scrapes_leave_the_series_of_the_application_unchanged()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc);
        await daemon.App.CallAsync("add", "[1,2]");
        var before = await ApplicationSeriesAsync(daemon);
        Assert.Contains(before, sample => sample.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal));

        await Parallel.ForAsync(0, 10_000, TestContext.Current.CancellationToken, async (_, cancellationToken) =>
        {
            using var scrape = await daemon.Metrics.GetAsync("/metrics", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            Assert.Equal(HttpStatusCode.OK, scrape.StatusCode);
        });

        Assert.Equal(before, await ApplicationSeriesAsync(daemon));
    }

    private static async Task<IEnumerable<string>> ApplicationSeriesAsync(Daemon daemon)
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
