// Owns: tests that a registry served alone arrives as prometheus-net's own MetricServer sends it.

using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Prometheus;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.PrometheusNet.Tests;

public sealed class PrometheusNetMetricsTests
{
    private const string Text = "text/plain;version=0.0.4";
    private const string OpenMetrics = "application/openmetrics-text;version=1.0.0";

    private readonly CollectorRegistry _registry = Prometheus.Metrics.NewCustomRegistry();

    [Fact]
    public async Task Text_and_content_type_are_those_of_MetricServer()
    {
        Fill(_registry);
        var port = FreePort.Next();
        using var before = new MetricServer("127.0.0.1", port, registry: _registry);
        before.Start();
        await using var after = await StartAsync(port => PrometheusNetMetrics.Wrap(MetricsServer.Hello, port, registry: _registry));

        var expected = await GetAsync(port, Text);
        var actual = await GetAsync(after.MetricsPort, Text);

        Assert.Contains("\nline two\n", Encoding.UTF8.GetString(expected.Content), StringComparison.Ordinal);
        Assert.Equal(Encoding.UTF8.GetString(expected.Content), Encoding.UTF8.GetString(actual.Content));
        Assert.Equal(expected.Content, actual.Content);
        Assert.Equal(expected.Type, actual.Type);
    }

    [Theory]
    [InlineData(Text)]
    [InlineData("text/plain;version=1.0.0")]
    public async Task Every_version_of_text_is_the_registrys(string accept)
    {
        Fill(_registry);
        await using var server = await StartAsync(port => PrometheusNetMetrics.Wrap(MetricsServer.Hello, port, registry: _registry));
        var expected = await ExportAsync(ExpositionFormat.PrometheusText);
        Assert.Equal(expected, Encoding.UTF8.GetString((await GetAsync(server.MetricsPort, accept)).Content));
    }

    [Theory]
    [InlineData(OpenMetrics)]
    [InlineData("application/openmetrics-text;version=0.0.1")]
    public async Task OpenMetrics_is_the_registrys_except_for_what_Prometheus_would_reject(string accept)
    {
        Fill(_registry);
        await using var server = await StartAsync(port => PrometheusNetMetrics.Wrap(MetricsServer.Hello, port, registry: _registry));
        var expected = (await ExportAsync(ExpositionFormat.OpenMetricsText))
            .Replace("C:\\temp \"quoted\" \\\n", "C:\\\\temp \"quoted\" \\\\\n", StringComparison.Ordinal)
            .Replace("line one\nline two", "line one\\nline two", StringComparison.Ordinal);
        expected = Regex.Replace(
            expected,
            @"^((?:without_suffix|quote_total|line_feed_total) 1\.0) # \{.*?\} \S+ \S+$",
            "$1",
            RegexOptions.Multiline | RegexOptions.Singleline);
        Assert.Equal(expected, Encoding.UTF8.GetString((await GetAsync(server.MetricsPort, accept)).Content));
    }

    [Fact]
    public async Task The_exposition_can_be_compressed_and_limited_to_families()
    {
        Fill(_registry);
        await using var server = await StartAsync(port => PrometheusNetMetrics.Wrap(MetricsServer.Hello, port, registry: _registry));
        var (content, _) = await GetAsync(server.MetricsPort, Text, "/metrics?name[]=backslash&name[]=orders_total", gzip: true);
        using var decompressed = new StreamReader(new GZipStream(new MemoryStream(content), CompressionMode.Decompress));
        Assert.Equal(
            "# HELP backslash C:\\temp \"quoted\" \\\n# TYPE backslash gauge\nbackslash 1\n"
            + "# HELP orders_total Orders.\n# TYPE orders_total counter\norders_total{currency=\"a\\\"b\\\\c\\nd\"} 1\n",
            await decompressed.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Other_ports_are_the_apps_and_so_are_other_paths()
    {
        Fill(_registry);
        await using var server = await StartAsync(port => PrometheusNetMetrics.Wrap(MetricsServer.Hello, port, registry: _registry));
        Assert.Equal("app\n", (await server.SendAsync("GET", server.AppPort, "/metrics")).Content);
        await using var onPath = await StartAsync(_ => PrometheusNetMetrics.Wrap(MetricsServer.Hello, "/own", registry: _registry));
        Assert.Contains("orders_total", (await onPath.SendAsync("GET", onPath.AppPort, "/own")).Content, StringComparison.Ordinal);
        Assert.Equal("app\n", (await onPath.SendAsync("GET", onPath.AppPort, "/metrics")).Content);
    }

    [Theory]
    [InlineData(Text)]
    [InlineData(OpenMetrics)]
    public async Task DisableGc_leaves_out_the_collectors_series_of_the_default_registry(string accept)
    {
        await using var all = await StartAsync(port => PrometheusNetMetrics.Wrap(MetricsServer.Hello, port));
        await using var some = await StartAsync(port => PrometheusNetMetrics.Wrap(MetricsServer.Hello, port, disableGc: true));
        var families = Families(await GetAsync(all.MetricsPort, accept));
        var left = Families(await GetAsync(some.MetricsPort, accept));
        string[] gone = [.. families.Except(left)];
        Assert.Contains("dotnet_total_memory_bytes", gone);
        Assert.Contains(gone, family => family.StartsWith("dotnet_collection_count", StringComparison.Ordinal));
        Assert.Contains("system_runtime_dotnet_gc_pause_time", gone);
        const string Collector = "^dotnet_(collection|total_memory)|_gc_|_gen_|_(loh|poh)_size|_alloc|_time_in_gc";
        Assert.All(gone, family => Assert.Matches(Collector, family));
        Assert.Contains("process_num_threads", left);
        Assert.Contains("system_runtime_dotnet_timer_count", left);
        Assert.DoesNotContain(left, family => family.Contains("_gc_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Settings_override_the_arguments()
    {
        Fill(_registry);
        DotNetStats.Register(_registry);
        var port = FreePort.Next();
        using var services = new ServiceCollection().AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                ["TinyHost:Metrics:Port"] = $"{port}",
                ["TinyHost:Metrics:Path"] = "/own",
                ["TinyHost:Metrics:DisableGc"] = "true",
            }).Build()).BuildServiceProvider();
        var app = PrometheusNetMetrics.Wrap(MetricsServer.Hello, port: 1, registry: _registry, services: services);
        await using var server = new HttpServer($"http://127.0.0.1:{port}/", app);
        await server.StartAsync(TestContext.Current.CancellationToken);
        var families = Families(await GetAsync(port, Text, "/own"));
        Assert.Contains("process_num_threads", families);
        Assert.DoesNotContain("dotnet_total_memory_bytes", families);
    }

    [Theory]
    [InlineData("Port=x", "TinyHost:Metrics:Port")]
    [InlineData("Prot=9100", "Prot")]
    public void Invalid_settings_fail_the_start(string setting, string named)
    {
        var builder = Host.CreateApplicationBuilder(["--TinyHost:Prefixes:0=http://127.0.0.1:0/", $"--TinyHost:Metrics:{setting}"]);
        builder.Services.AddTinyHost(pipeline => pipeline.UsePrometheusNet(registry: _registry).Run(MetricsServer.Hello));
        using var host = builder.Build();
        var exception = Assert.Throws<ServerStartException>(() => host.Start());
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipeline_has_it_on_a_port_or_a_path()
    {
        Fill(_registry);
        await using var server = await StartAsync(port => new Pipeline()
            .UsePrometheusNet(port, registry: _registry)
            .UsePrometheusNet("/own", registry: _registry)
            .Run(MetricsServer.Hello));
        var expected = await server.ScrapeAsync();
        Assert.Contains("orders_total", expected, StringComparison.Ordinal);
        Assert.Equal(expected, (await server.SendAsync("GET", server.AppPort, "/own")).Content);
        Assert.Equal("app\n", (await server.SendAsync("GET", server.AppPort, "/")).Content);
    }

    [Fact]
    public async Task A_prefix_with_port_0_can_serve_it_and_be_protected()
    {
        Fill(_registry);
        var chain = new Pipeline()
            .UsePrometheusNet(prefix: "metrics", auth => auth.Token("prometheus", "secret"), registry: _registry)
            .Run(MetricsServer.Hello);
        await using var server = new HttpServer("http://127.0.0.1:0/;metrics=http://127.0.0.1:0/", chain);
        await server.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient();
        var uri = new Uri($"http://127.0.0.1:{server.EndPointOf("metrics").Port}/metrics");
        using var refused = await http.GetAsync(uri, TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Bearer", "secret");
        Assert.Contains("orders_total", await http.GetStringAsync(uri, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Callbacks_run_before_each_scrape_and_a_hanging_one_costs_the_scrape()
    {
        var gauge = Prometheus.Metrics.WithCustomRegistry(_registry).CreateGauge("scrapes", "Scrapes.");
        var hangs = false;
        _registry.AddBeforeCollectCallback(async cancelled =>
        {
            gauge.Inc();
            if (hangs)
            {
                await Task.Delay(Timeout.Infinite, cancelled);
            }
        });
        await using var patient = await StartAsync(TimeSpan.FromMinutes(1));
        Assert.EndsWith("\nscrapes 1\n", await patient.ScrapeAsync(), StringComparison.Ordinal);
        Assert.EndsWith("\nscrapes 2\n", await patient.ScrapeAsync(), StringComparison.Ordinal);
        hangs = true;
        await using var impatient = await StartAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await impatient.SendAsync("GET", impatient.MetricsPort, "/metrics")).Status);

        Task<MetricsServer> StartAsync(TimeSpan timeout) => MetricsServer.StartAsync(options =>
        {
            options.Exporters.Add(new PrometheusNetExporter(_registry));
            options.ExportersAlone = true;
            options.CallbackTimeout = timeout;
        });
    }

    /// <summary>Everything prometheus-net has: awkward texts and label values, exemplars, all kinds, a family without series.</summary>
    private static void Fill(CollectorRegistry registry)
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(registry);
        var exemplar = Exemplar.Pair("trace_id", "0af7651916cd43dd8448eb211c80319c");
        factory.CreateGauge("backslash", "C:\\temp \"quoted\" \\").Set(1);
        factory.CreateGauge("newline", "line one\nline two").Set(double.NaN);
        factory.CreateGauge("empty", "").Set(double.NegativeInfinity);
        factory.CreateGauge("unicode", "Größe µ 订单").Set(1e300);
        factory.CreateGauge("without_series", "None.", "label");
        factory.CreateCounter("orders_total", "Orders.", "currency").WithLabels("a\"b\\c\nd").Inc(1, Exemplar.From(exemplar));
        factory.CreateCounter("without_suffix", "Not a counter to OpenMetrics.").Inc(1, Exemplar.From(exemplar));
        factory.CreateCounter("quote_total", "Quoted.").Inc(1, Exemplar.From(Exemplar.Pair("user", "a\"b")));
        factory.CreateCounter("line_feed_total", "Two lines.").Inc(1, Exemplar.From(Exemplar.Pair("user", "a\nb")));
        factory.CreateHistogram("pay_seconds", "Paying.", ["method"], new HistogramConfiguration { Buckets = [0.5, 1, 10] })
            .WithLabels("card").Observe(0.75, Exemplar.From(exemplar));
        var summary = factory.CreateSummary(
            "size_bytes", "Sizes.", new SummaryConfiguration { Objectives = [new QuantileEpsilonPair(0.5, 0.05)] });
        summary.Observe(3);
        registry.AddBeforeCollectCallback(() => factory.CreateGauge("callback", "Set by a callback.").Set(7));
    }

    private async Task<string> ExportAsync(ExpositionFormat format)
    {
        using var text = new MemoryStream();
        await _registry.CollectAndExportAsTextAsync(text, format, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static string[] Families((byte[] Content, string Type) scraped) =>
        [.. Encoding.UTF8.GetString(scraped.Content).Split('\n').Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[2])];

    private static Task<MetricsServer> StartAsync(Func<int, Func<RequestContext, Task>> wrap) => MetricsServer.StartAsync(wrap);

    private static async Task<(byte[] Content, string Type)> GetAsync(int port, string accept, string path = "/metrics", bool gzip = false)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Encoding", gzip ? "gzip" : "identity");
        using var response = await client.GetAsync(new Uri($"http://127.0.0.1:{port}{path}"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (
            await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken),
            string.Join("", response.Content.Headers.GetValues("Content-Type")));
    }
}
