// Owns: tests that a prometheus-net registry is served after the built-in families, or alone.

using Prometheus;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.PrometheusNet.Tests;

public sealed class PrometheusNetExporterTests
{
    private readonly CollectorRegistry _registry = Prometheus.Metrics.NewCustomRegistry();

    [Theory]
    [InlineData("text/plain;version=0.0.4", "\nsales_total{currency=\"EUR\"} 3\n", 0)]
    [InlineData("application/openmetrics-text;version=1.0.0", "\nsales_total{currency=\"EUR\"} 3.0\n# EOF\n", 1)]
    public async Task The_registry_follows_the_built_in_families(string accept, string end, int ends)
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(_registry);
        factory.CreateGauge("process_start_time_seconds", "The built-in exposition has it.").Set(1);
        factory.CreateHistogram("pay_seconds", "Paying.").Observe(0.3);
        factory.CreateCounter("sales_total", "Sales.", "currency").WithLabels("EUR").Inc(3);
        await using var server = await StartAsync(new PrometheusNetExporter(_registry), alone: false);

        var text = await ScrapeAsync(server, accept);

        Assert.Contains("\nprocess_cpu_seconds_total ", text, StringComparison.Ordinal);
        Assert.Contains("\npay_seconds_count 1\n", text, StringComparison.Ordinal);
        Assert.Contains("error_type=\"exporter_collision\"} 1\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("The built-in exposition has it.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("exporter_invalid", text, StringComparison.Ordinal);
        Assert.EndsWith(end, text, StringComparison.Ordinal);
        Assert.Equal(ends, text.Split("# EOF").Length - 1);
    }

    [Fact]
    public async Task The_registry_can_be_served_alone()
    {
        Prometheus.Metrics.WithCustomRegistry(_registry).CreateGauge("a", "A gauge.").Set(7);
        await using var server = await StartAsync(new PrometheusNetExporter(_registry), alone: true);
        Assert.Equal("# HELP a A gauge.\n# TYPE a gauge\na 7\n", await ScrapeAsync(server, "text/plain"));
    }

    [Theory]
    [InlineData("text/plain;version=0.0.4")]
    [InlineData("application/openmetrics-text;version=1.0.0")]
    public async Task The_default_registry_can_be_served_unchanged(string accept)
    {
        await using var server = await StartAsync(new PrometheusNetExporter(), alone: false);
        var text = await ScrapeAsync(server, accept);
        Assert.Contains("\n# TYPE dotnet_collection_count", text, StringComparison.Ordinal);
        Assert.DoesNotContain("exporter_invalid", text, StringComparison.Ordinal);
    }

    private static Task<MetricsServer> StartAsync(PrometheusNetExporter exporter, bool alone) => MetricsServer.StartAsync(options =>
    {
        options.Exporters.Add(exporter);
        options.ExportersAlone = alone;
    });

    private static async Task<string> ScrapeAsync(MetricsServer server, string accept)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);
        return await client.GetStringAsync(
            new Uri($"http://127.0.0.1:{server.MetricsPort}/metrics"), TestContext.Current.CancellationToken);
    }
}
