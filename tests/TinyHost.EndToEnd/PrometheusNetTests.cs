// Owns: the worker service that records with prometheus-net, scraped by a real Prometheus.

using System.Net;
using System.Text;
using TinyHost.EndToEnd.Support;
using TinyHost.Metrics;

namespace TinyHost.EndToEnd;

public sealed class PrometheusNetTests
{
    [Fact]
    public async Task Prometheus_scrapes_the_example_and_counts_every_order_exactly()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.PrometheusNet);
        await using var prometheus = await PrometheusServer.StartAsync(daemon.MetricsPort);
        await prometheus.UntilAsync("up", up => up == 1);

        await Parallel.ForAsync(0, 1_000, TestContext.Current.CancellationToken, async (i, _) =>
            Assert.Equal(HttpStatusCode.Accepted, await OrderAsync(daemon, i % 4 == 0 ? "CHF" : "EUR", items: 3)));

        Assert.Equal(1_000, await prometheus.UntilAsync("sum(shop_orders_total)", count => count >= 1_000));
        Assert.Equal(250, await prometheus.QueryAsync("""shop_orders_total{currency="CHF"}"""));
        Assert.Equal(750, await prometheus.QueryAsync("""shop_order_duration_seconds_count{currency="EUR"}"""));
        Assert.Equal(750, await prometheus.QueryAsync("""shop_order_duration_seconds_bucket{currency="EUR",le="+Inf"}"""));
        Assert.Equal(3_000, await prometheus.QueryAsync("shop_order_items_sum"));
        Assert.Equal(0, await prometheus.UntilAsync("shop_orders_waiting", length => length == 0));
        Assert.Equal(1, await prometheus.QueryAsync("up"));
        Assert.Equal(1, await prometheus.QueryAsync("min_over_time(up[1m])"));
    }

    [Fact]
    public async Task The_example_exposes_exemplars_summaries_and_callbacks()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.PrometheusNet, "--TinyHost:Metrics:DisableGc=true");
        Assert.Equal(HttpStatusCode.Accepted, await OrderAsync(daemon, "USD", items: 7));
        daemon.Metrics.DefaultRequestHeaders.TryAddWithoutValidation("Accept", "application/openmetrics-text;version=1.0.0");

        // A callback sets the gauge before the counter is read.
        var scrape = await Deadline.UntilAsync(
            "the order done",
            daemon.ScrapeAsync,
            scrape => scrape.Samples("shop_orders_total{currency=\"USD\"} 1.0 ").Count == 1
                && scrape.Samples("shop_orders_waiting 0.0").Count == 1);

        const string Exemplar = " # {trace_id=\"";
        Assert.Contains(scrape.Samples("shop_orders_total"), line => line.Contains(Exemplar, StringComparison.Ordinal));
        Assert.Contains(scrape.Samples("shop_order_duration_seconds_bucket"), line => line.Contains(Exemplar, StringComparison.Ordinal));
        Assert.Contains("shop_order_items{quantile=\"0.5\"} 7.0", scrape.Samples("shop_order_items"));
        Assert.NotEmpty(scrape.Samples("process_num_threads"));
        Assert.Empty(scrape.Samples("dotnet_collection_count"));
    }

    [Theory]
    [InlineData("XXX", "3")]
    [InlineData("EUR", "three")]
    public async Task Orders_of_unknown_currencies_or_numbers_make_no_series(string currency, string items)
    {
        await using var daemon = await Daemon.StartAsync(Daemon.PrometheusNet);
        using var response = await daemon.App.PostAsync($"/orders/{currency}/{items}", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty((await daemon.ScrapeAsync()).Samples("shop_orders_total"));
    }

    [Fact]
    public async Task Prometheus_accepts_the_repaired_OpenMetrics_of_an_exporter_alone()
    {
        var port = FreePort.Next();
        var options = new MetricsOptions { Port = port, Exporters = { new CarelessExporter() }, ExportersAlone = true };
        await using var server = new HttpServer(
            $"http://127.0.0.1:{port}/", PrometheusMetrics.Wrap(context => context.Response.WriteTextAsync("app"), options));
        await server.StartAsync(TestContext.Current.CancellationToken);
        await using var prometheus = await PrometheusServer.StartAsync(port);
        Assert.Equal(2, await prometheus.UntilAsync("odd", value => value == 2));
        Assert.Equal(3, await prometheus.QueryAsync("orders_total"));
        Assert.Equal(1, await prometheus.QueryAsync("min_over_time(up[1m])"));
    }

    private static async Task<HttpStatusCode> OrderAsync(Daemon daemon, string currency, int items)
    {
        using var response = await daemon.App.PostAsync($"/orders/{currency}/{items}", null, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    // Leaves HELP texts and exemplars unescaped, as prometheus-net does. Prometheus rejects the scrape because of any of these three.
    private sealed class CarelessExporter : IMetricsExporter
    {
        public string Name => "careless";

        public bool WritesOpenMetrics => true;

        public bool IsVerbatimAlone => true;

        public Task WriteAsync(Stream output, ExporterFormat format, CancellationToken cancellationToken)
        {
            Assert.Equal(ExporterFormat.OpenMetrics, format);
            return output.WriteAsync(
                Encoding.UTF8.GetBytes(
                    "# HELP odd one\ntwo\n# TYPE odd unknown\nodd 2.0 # {trace_id=\"a\"} 2.0\n"
                    + "# TYPE orders counter\norders_total 3.0 # {user=\"a\nb\"} 3.0\n# EOF\n"),
                cancellationToken).AsTask();
        }
    }
}
