// Owns: tests of the prometheus-net code shown in README.md and docs/.

using Microsoft.Extensions.Hosting;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.PrometheusNet.Tests;

public sealed class SnippetTests
{
    [Fact]
    public async Task The_two_programs_side_by_side_expose_the_same_series()
    {
        const string Series = "\norders_total{currency=\"EUR\"} 1\n";
        Assert.Contains(Series, await OrderAsync(Snippets.RecordWithPrometheusNet), StringComparison.Ordinal);
        Assert.Contains(Series, await OrderAsync(Snippets.RecordWithMeters), StringComparison.Ordinal);

        static Task<string> OrderAsync(Action<HostApplicationBuilder, Routes> addServer) => RunAsync(addServer, async (http, port) =>
        {
            using var response = await http.PostAsync($"http://127.0.0.1:{port}/orders", null, TestContext.Current.CancellationToken);
            Assert.Equal("Thank you.", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        });
    }

    [Fact]
    public async Task The_registry_can_be_served_alone_or_behind_the_built_in_families()
    {
        Prometheus.Metrics.CreateCounter("readme_orders_total", "Orders taken.").Inc(3);
        var alone = await RunAsync(Snippets.ServeAlone);
        Assert.Contains("\nreadme_orders_total 3\n", alone, StringComparison.Ordinal);
        Assert.DoesNotContain("\nprocess_open_fds ", alone, StringComparison.Ordinal);
        var behind = await RunAsync(Snippets.ServeBehindTheBuiltInFamilies);
        Assert.Contains("\nreadme_orders_total 3\n", behind, StringComparison.Ordinal);
        Assert.Contains("\nprocess_open_fds ", behind, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_app_shown_is_wrapped_for_port_9100()
    {
        // Two paths on the port of the metrics fail the start before anything is bound.
        await using var server = new HttpServer(
            "http://127.0.0.1:9100/a/;http://127.0.0.1:9100/b/", Snippets.Wrap(MetricsServer.Hello));
        var exception = await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("share the port of the metrics", exception.Message, StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(Action<HostApplicationBuilder, Routes> addServer, Func<HttpClient, int, Task>? use = null)
    {
        int[] ports = [FreePort.Next(), FreePort.Next()];
        var builder = Host.CreateApplicationBuilder(
        [
            $"--TinyHost:Prefixes:0=http://127.0.0.1:{ports[0]}/", $"--TinyHost:Prefixes:1=http://127.0.0.1:{ports[1]}/",
                $"--TinyHost:Metrics:Port={ports[1]}",
        ]);
        addServer(builder, new Routes().Get("/", context => context.Response.WriteTextAsync("app")));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient();
        Assert.Equal("app", await http.GetStringAsync($"http://127.0.0.1:{ports[0]}/", TestContext.Current.CancellationToken));
        await (use?.Invoke(http, ports[0]) ?? Task.CompletedTask);
        var text = await http.GetStringAsync($"http://127.0.0.1:{ports[1]}/metrics", TestContext.Current.CancellationToken);
        await host.StopAsync(TestContext.Current.CancellationToken);
        return text;
    }
}
