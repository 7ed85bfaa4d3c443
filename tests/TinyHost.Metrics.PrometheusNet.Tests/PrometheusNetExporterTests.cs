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

    [Theory]
    [InlineData("text/plain;version=0.0.4", "folder 1\n")]
    [InlineData("application/openmetrics-text;version=1.0.0", "folder 1.0\n# EOF\n")]
    public async Task A_family_whose_HELP_is_not_escaped_is_repaired(string accept, string end)
    {
        Prometheus.Metrics.WithCustomRegistry(_registry).CreateGauge("folder", "Files in C:\\temp\nand below.").Set(1);
        await using var server = await StartAsync(new PrometheusNetExporter(_registry), alone: false);
        var text = await ScrapeAsync(server, accept);
        Assert.EndsWith(
            "\n# HELP folder Files in C:\\\\temp\\nand below.\n# TYPE folder gauge\n" + end, text, StringComparison.Ordinal);
        Assert.DoesNotContain("exporter_invalid", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_counter_without_total_keeps_its_sample_in_OpenMetrics_when_it_has_an_exemplar()
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(_registry);
        factory.CreateCounter("sales", "Sales.").Inc(3, Exemplar.From(Exemplar.Pair("trace_id", "abc")));
        factory.CreateCounter("mails_total", "Mails.").Inc(2, Exemplar.From(Exemplar.Pair("trace_id", "abc")));
        await using var server = await StartAsync(new PrometheusNetExporter(_registry), alone: false);
        var text = await ScrapeAsync(server, "application/openmetrics-text;version=1.0.0");
        Assert.Contains("\n# TYPE sales unknown\nsales 3.0\n", text, StringComparison.Ordinal);
        Assert.Contains("\nmails_total 2.0 # {trace_id=\"abc\"} 2.0 ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("exporter_invalid", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_leaves_out_what_the_library_says_about_the_process()
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(_registry);
        DotNetStats.Register(_registry);
        factory.CreateCounter("sales_total", "Sales.").Inc(3);
        var options = new MetricsOptions { ExportersAlone = true, Exporters = { new PrometheusNetExporter(_registry) } };
        using var batch = new BatchMetrics(options);
        var path = Path.GetTempFileName();
        await batch.WriteFileAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(
            "# HELP sales_total Sales.\n# TYPE sales_total counter\nsales_total 3\n",
            await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        File.Delete(path);
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
