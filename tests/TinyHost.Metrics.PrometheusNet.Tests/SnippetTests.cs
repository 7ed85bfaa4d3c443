// Owns: tests of the prometheus-net code shown in README.md.

using Microsoft.Extensions.Hosting;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.PrometheusNet.Tests;

public sealed class SnippetTests
{
    [Fact]
    public async Task The_host_shown_serves_the_default_registry_on_the_metrics_port()
    {
        Prometheus.Metrics.CreateCounter("readme_orders_total", "Orders taken.").Inc(3);
        var ports = MetricsServer.FreePorts(2);
        var builder = Host.CreateApplicationBuilder(
        [
            $"--TinyHost:Prefixes:0=http://127.0.0.1:{ports[0]}/", $"--TinyHost:Prefixes:1=http://127.0.0.1:{ports[1]}/",
                $"--TinyHost:Metrics:Port={ports[1]}",
        ]);
        Snippets.ServeRegistry(builder, new Routes().Get("/", context => context.Response.WriteTextAsync("app")));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient();

        var text = await http.GetStringAsync($"http://127.0.0.1:{ports[1]}/metrics", TestContext.Current.CancellationToken);

        Assert.Equal("app", await http.GetStringAsync($"http://127.0.0.1:{ports[0]}/", TestContext.Current.CancellationToken));
        Assert.Contains("\nreadme_orders_total 3\n", text, StringComparison.Ordinal);
        Assert.Contains("\nprocess_cpu_seconds_total ", text, StringComparison.Ordinal);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }
}
