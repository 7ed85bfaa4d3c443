// Owns: the metrics port, scraped by a real Prometheus.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class PrometheusTests
{
    [Fact]
    public async Task Prometheus_scrapes_the_example_and_counts_a_thousand_calls_exactly()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc);
        await using var prometheus = await PrometheusServer.StartAsync(daemon.MetricsPort);
        const string Count = """sum(rpc_server_call_duration_seconds_count{rpc_method="add",error_type=""})""";
        const string Failed = """sum(rpc_server_call_duration_seconds_count{rpc_method="add",rpc_status_code="-32602"})""";

        await prometheus.UntilAsync("up", up => up == 1);
        foreach (var family in (string[])["process_threads", "process_network_receive_bytes_total",
            "process_network_transmit_bytes_total", "process_virtual_memory_max_bytes"])
        {
            Assert.True(await prometheus.QueryAsync(family) > 0, family);
        }

        Assert.Equal(1, await prometheus.QueryAsync("""build_info{version!="",dotnet!=""}"""));
        await daemon.App.CallAsync("add", "[1,2]");
        await daemon.App.CallAsync("add", "[\"no\"]");
        await prometheus.UntilAsync($"{Count} + {Failed}", count => count == 2);

        await Parallel.ForAsync(0, 1_000, TestContext.Current.CancellationToken, async (i, _) =>
            Assert.Contains($"\"result\":{i + 1},", await daemon.App.CallAsync("add", $"[{i},1]"), StringComparison.Ordinal));
        for (var i = 0; i < 10; i++)
        {
            await daemon.App.CallAsync("add", "[]");
        }

        Assert.Equal(1_011, await prometheus.UntilAsync($"{Count} + {Failed} - 1", count => count >= 1_011));
        Assert.Equal(1_001, await prometheus.QueryAsync(Count));
        Assert.Equal(11, await prometheus.QueryAsync(Failed));
        Assert.Equal(1, await prometheus.QueryAsync("up"));

        // Rate, latency and error rate, as a dashboard queries them. Unlike the counts above, they are extrapolated.
        Assert.True(await prometheus.QueryAsync("""sum(rate(rpc_server_call_duration_seconds_count{rpc_method="add"}[1m]))""") > 1);
        Assert.InRange(
            await prometheus.QueryAsync("""
                histogram_quantile(0.99, sum by (le) (rate(rpc_server_call_duration_seconds_bucket{rpc_method="add"}[1m])))
                """),
            0.000_001,
            10);
        Assert.InRange(
            await prometheus.QueryAsync("""
                sum(rate(rpc_server_call_duration_seconds_count{rpc_method="add",rpc_status_code!=""}[1m]))
                / sum(rate(rpc_server_call_duration_seconds_count{rpc_method="add"}[1m]))
                """),
            0.005,
            0.05);
    }

    [Theory]
    [InlineData(Daemon.Hello, "/hello")]
    [InlineData(Daemon.JsonRpc, "/rpc")]
    public async Task Promtool_accepts_the_metrics_of_an_example(string project, string path)
    {
        var promtool = OutsideProgram.Require("promtool", package: "prometheus");
        await using var daemon = await Daemon.StartAsync(project);
        using var response = await daemon.App.GetAsync(path, TestContext.Current.CancellationToken);
        using var failed = await daemon.App.PostRpcAsync("""{"jsonrpc":"2.0","method":"add","id":1}""");
        var scrape = await daemon.ScrapeAsync();
        Assert.NotEmpty(scrape.Samples("http_server_request_duration_seconds_count"));

        var (exitCode, output, errors) = await ChildProcess.RunAsync(promtool, ["check", "metrics"], scrape.Text);

        Assert.Equal((0, "", ""), (exitCode, output, errors));
    }
}
