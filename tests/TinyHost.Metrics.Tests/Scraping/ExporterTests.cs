using System.Diagnostics.Metrics;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class ExporterTests : IDisposable
{
    private const string Text = "text/plain;version=0.0.4";
    private const string OpenMetrics = "application/openmetrics-text;version=1.0.0";

    private readonly Meter _meter = new(TestCollector.NewMeterName());
    private readonly RecordingLogger _log = new();

    public ExporterTests() => _meter.CreateCounter<int>("a.b").Add(1);

    public void Dispose() => _meter.Dispose();

    [Theory]
    [InlineData(Text, "text/plain; version=0.0.4; charset=utf-8", "# TYPE x gauge\nx 1\n")]
    [InlineData("text/plain;version=1.0.0;escaping=allow-utf-8", "text/plain; version=1.0.0; charset=utf-8; escaping=underscores",
        "# TYPE x gauge\nx 1\n")]
    [InlineData(OpenMetrics, "application/openmetrics-text; version=1.0.0; charset=utf-8", "# TYPE x gauge\nx 1.0\n# EOF\n")]
    [InlineData("application/openmetrics-text;version=0.0.1", "application/openmetrics-text; version=0.0.1; charset=utf-8",
        "# TYPE x gauge\nx 1.0\n# EOF\n")]
    [InlineData(
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,text/plain;version=0.0.4;q=0.5",
        "text/plain; version=0.0.4; charset=utf-8",
        "# TYPE x gauge\nx 1\n")]
    public async Task An_exporters_families_follow_the_built_in_ones_in_the_same_format(string accept, string contentType, string end)
    {
        await using var server = await StartAsync(new StandInExporter("# TYPE x gauge\nx 1", "# TYPE x gauge\nx 1.0\n# EOF\n"));
        var (text, type) = await GetAsync(server, accept);
        Assert.Equal(contentType, type);
        Assert.Contains("\na_b_total 1\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n" + end, text, StringComparison.Ordinal);
        Assert.Equal(1, Count(text, "# TYPE x "));
        Assert.True(Count(text, "# EOF") <= 1);
    }

    [Fact]
    public async Task With_ExportersAlone_only_exporters_are_served()
    {
        await using var server = await StartAsync(options => options.ExportersAlone = true, new StandInExporter("x 1\n", "x 1\n# EOF\n"));
        Assert.Equal("x 1\n", (await GetAsync(server, Text)).Text);
        Assert.Equal("x 1\n# EOF\n", (await GetAsync(server, OpenMetrics)).Text);
        using var meter = new Meter(_meter.Name);
        Assert.False(meter.CreateCounter<int>("not.listened.to").Enabled);
    }

    [Theory]
    [InlineData("# TYPE build_info gauge\nbuild_info{branch=\"main\"} 1\n", "build_info{branch=\"main\"} 1.0")]
    [InlineData("# TYPE build_total counter\nbuild_total 1\n", "build_total 1.0")]
    public async Task An_exporters_build_info_replaces_the_built_in_one(string family, string sample)
    {
        var openMetrics = sample.StartsWith("build_total", StringComparison.Ordinal)
            ? $"# TYPE build counter\n{sample}\n# EOF\n"
            : $"# TYPE build_info gauge\n{sample}\n# EOF\n";
        await using var server = await StartAsync(new StandInExporter(family, openMetrics));
        foreach (var (accept, end) in new[] { (Text, family), (OpenMetrics, openMetrics) })
        {
            var (text, _) = await GetAsync(server, accept);
            Assert.EndsWith("\n" + end, text, StringComparison.Ordinal);
            Assert.DoesNotContain("dotnet=", text, StringComparison.Ordinal);
            Assert.DoesNotContain("exporter_collision", text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(_log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task An_exporter_without_build_info_leaves_the_built_in_one()
    {
        await using var server = await StartAsync(new StandInExporter("x 1\n", "x 1\n# EOF\n"));
        Assert.Contains("\nbuild_info{dotnet=", (await GetAsync(server, Text)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exposition_without_any_series_is_empty()
    {
        await using var server = await StartAsync(options => options.ExportersAlone = true, new StandInExporter("", ""));
        Assert.Equal("", (await GetAsync(server, Text)).Text);
        Assert.Equal("# EOF\n", (await GetAsync(server, OpenMetrics)).Text);
    }

    [Fact]
    public async Task Only_formats_that_all_exporters_can_write_are_served()
    {
        await using var server = await StartAsync(
            new StandInExporter("x 1\n", "x 1\n# EOF\n"), new StandInExporter("y 1\n") { Name = "old" });
        var (text, type) = await GetAsync(server, OpenMetrics + ";q=0.9," + Text + ";q=0.1");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", type);
        Assert.EndsWith("\nx 1\ny 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Protobuf_is_not_offered_beside_an_exporter()
    {
        const string protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
        await using var server = await StartAsync(new StandInExporter("x 1\n", "x 1\n# EOF\n"));
        var (text, type) = await GetAsync(server, protobuf + ";q=0.7," + OpenMetrics + ";q=0.6," + Text + ";q=0.5");
        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", type);
        Assert.EndsWith("\nx 1\n# EOF\n", text, StringComparison.Ordinal);
        Assert.StartsWith("text/plain", (await GetAsync(server, protobuf)).Type, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a_b_total 5\n")]
    [InlineData("# TYPE a_b counter\na_b 5\n")]
    [InlineData("# TYPE a_b gauge\na_b 5\n")]
    [InlineData("process_open_fds 5\n")]
    [InlineData("# TYPE tinyhost_metrics_scrape_duration_seconds summary\ntinyhost_metrics_scrape_duration_seconds_count 5\n")]
    [InlineData("tinyhost_metrics_scrape_duration_seconds_bucket 5\n")]
    public async Task A_family_with_a_taken_name_is_omitted_counted_and_logged_once(string family)
    {
        await using var server = await StartAsync(new StandInExporter(family + "x 1\n"));
        var (text, _) = await GetAsync(server, Text);
        Assert.DoesNotContain(" 5\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\nx 1\n", text, StringComparison.Ordinal);
        Assert.Contains("tinyhost_metrics_scrape_errors_total{error_type=\"exporter_collision\"} 1\n", text, StringComparison.Ordinal);
        await GetAsync(server, Text);
        var entry = Assert.Single(Warnings);
        Assert.Contains("stand-in", entry.Message, StringComparison.Ordinal);
        Assert.Contains("the built-in exposition", entry.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_family_repeated_by_the_same_or_a_later_exporter_is_omitted()
    {
        await using var server = await StartAsync(
            new StandInExporter("x 1\ny 2\nx 3\n"), new StandInExporter("y 4\nz 5\n") { Name = "second" });
        var (text, _) = await GetAsync(server, Text);
        Assert.EndsWith("\nx 1\ny 2\nz 5\n", text, StringComparison.Ordinal);
        Assert.Contains("error_type=\"exporter_collision\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains(Warnings, entry => entry.Message.Contains("Family y of exporter second", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_name_produced_by_an_escaping_scheme_is_taken()
    {
        await using var server = await StartAsync(
            options => options.UnderscoreNames = false, new StandInExporter("a_dot_b__total 5\na_b_total 6\nx 1\n"));
        Assert.EndsWith("\nx 1\n", (await GetAsync(server, "text/plain;version=1.0.0;escaping=dots")).Text, StringComparison.Ordinal);
        Assert.EndsWith("\na_dot_b__total 5\nx 1\n", (await GetAsync(server, Text)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_family_with_an_invalid_line_is_left_out()
    {
        await using var server = await StartAsync(new StandInExporter("x 1\n# TYPE y gauge\ny one\nz 2\n"));
        var (text, _) = await GetAsync(server, Text);
        Assert.EndsWith("\nx 1\nz 2\n", text, StringComparison.Ordinal);
        Assert.Contains("error_type=\"exporter_invalid\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("y one", Assert.Single(Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_family_that_OpenMetrics_forbids_is_omitted_only_there()
    {
        await using var server = await StartAsync(new StandInExporter("x 1\nd -1\n", "x 1\n# TYPE d counter\nd_total -1\n# EOF\n"));
        Assert.EndsWith("\nx 1\nd -1\n", (await GetAsync(server, Text)).Text, StringComparison.Ordinal);
        var (text, _) = await GetAsync(server, OpenMetrics);
        Assert.EndsWith("\nx 1\n# EOF\n", text, StringComparison.Ordinal);
        Assert.Contains("error_type=\"exporter_invalid\"} 1", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_invalid_family_of_an_exporter_is_logged_once()
    {
        await using var server = await StartAsync(new StandInExporter("x one\n# TYPE y gauge\ny one\ny two\nz 2\n# TYPE v gauge\nv one\n"));
        for (var i = 1; i < 3; i++)
        {
            var (text, _) = await GetAsync(server, Text);
            Assert.Contains($"error_type=\"exporter_invalid\"}} {3 * i}\n", text, StringComparison.Ordinal);
        }

        Assert.Equal(
            ["x one", "y one", "v one"], Warnings.Select(entry => Regex.Match(entry.Message, "invalid: (.* one)").Groups[1].Value));
        Assert.Contains(Warnings, entry => entry.Message.StartsWith("Family y of exporter stand-in ", StringComparison.Ordinal));
        Assert.StartsWith("Family without a name of exporter stand-in ", Warnings.First().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_family_with_an_unescaped_HELP_is_exposed()
    {
        const string family = "# HELP x C:\\temp\nand more\n# TYPE x gauge\nx 1\n";
        await using var server = await StartAsync(new StandInExporter(family, family + "# EOF\n"));
        const string repaired = "\n# HELP x C:\\\\temp\\nand more\n# TYPE x gauge\nx 1\n";
        Assert.EndsWith(repaired, (await GetAsync(server, Text)).Text, StringComparison.Ordinal);
        Assert.EndsWith(repaired + "# EOF\n", (await GetAsync(server, OpenMetrics)).Text, StringComparison.Ordinal);
        Assert.Empty(Warnings);
    }

    [Fact]
    public async Task An_exporter_that_writes_too_much_costs_only_its_families()
    {
        await using var server = await StartAsync(
            options => options.MaxExporterSize = 10, new StandInExporter("x 1\nx{a=\"1\"} 2\n"), new StandInExporter("y 123456\n"));
        for (var i = 1; i < 3; i++)
        {
            var (text, _) = await GetAsync(server, Text);
            Assert.EndsWith("\ny 123456\n", text, StringComparison.Ordinal);
            Assert.DoesNotContain("\nx", text, StringComparison.Ordinal);
            Assert.Contains($"error_type=\"exporter_too_large\"}} {i}\n", text, StringComparison.Ordinal);
        }

        Assert.Equal(
            "Exporter stand-in wrote more than 10 bytes (MaxExporterSize); it is left out until it writes less. This is logged once.",
            Assert.Single(Warnings).Message);
    }

    [Fact]
    public async Task An_exporter_that_writes_too_much_fails_the_scrape_with_FailOnError()
    {
        await using var server = await StartAsync(
            options => (options.MaxExporterSize, options.FailOnError) = (1, true), new StandInExporter("x 1\n"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.SendAsync("GET", server.MetricsPort, "/metrics")).Status);
    }

    [Fact]
    public async Task An_exporter_that_throws_costs_only_its_families_until_it_succeeds()
    {
        var broken = new StandInExporter("x 1\n") { Before = _ => throw new InvalidOperationException("broken") };
        await using var server = await StartAsync(broken, new StandInExporter("y 1\n"));
        var (text, _) = await GetAsync(server, Text);
        Assert.EndsWith("\ny 1\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\nx 1\n", text, StringComparison.Ordinal);
        Assert.Contains("error_type=\"exporter_failed\"} 1\n", text, StringComparison.Ordinal);
        await GetAsync(server, Text);
        Assert.Equal("broken", Assert.Single(Warnings).Exception?.Message);

        broken.Before = _ => Task.CompletedTask;
        Assert.EndsWith("\nx 1\ny 1\n", (await GetAsync(server, Text)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exporter_whose_name_and_equality_throw_during_scrapes_costs_only_its_families()
    {
        await using var server = await StartAsync(new ThrowingExporter(), new StandInExporter("y 1\n"));
        Assert.EndsWith("\ny 1\n", (await GetAsync(server, Text)).Text, StringComparison.Ordinal);
        Assert.Equal("Exporter named once failed; it is left out until it succeeds. This is logged once.", Assert.Single(Warnings).Message);
    }

    [Fact]
    public async Task An_exporter_that_hangs_costs_only_its_families()
    {
        var never = new TaskCompletionSource();
        await using var server = await StartAsync(
            options => options.CallbackTimeout = TimeSpan.FromMilliseconds(50),
            new StandInExporter("x 1\n") { Before = _ => never.Task },
            new StandInExporter("y 1\n"));
        for (var i = 1; i < 3; i++)
        {
            var (text, _) = await GetAsync(server, Text);
            Assert.EndsWith("\ny 1\n", text, StringComparison.Ordinal);
            Assert.DoesNotContain("\nx 1\n", text, StringComparison.Ordinal);
            Assert.Contains($"error_type=\"exporter_timeout\"}} {i}\n", text, StringComparison.Ordinal);
        }

        Assert.Single(Warnings);
        never.SetResult();
    }

    [Fact]
    public async Task Missing_families_fail_the_scrape_only_with_FailOnError()
    {
        await using var server = await StartAsync(
            options =>
                options.FailOnError = true, new StandInExporter("x 1\n") { Before = _ => throw new InvalidOperationException("broken") });
        var (status, content, _) = await server.SendAsync("GET", server.MetricsPort, "/metrics");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("exporter", content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name%5B%5D=x", "x 1\n")]
    [InlineData("name%5B%5D=c&name%5B%5D=none", "# TYPE c_total counter\nc_total 2\n")]
    [InlineData("name%5B%5D=c_total&name%5B%5D=x", "x 1\n# TYPE c_total counter\nc_total 2\n")]
    public async Task A_query_for_families_omits_the_others(string query, string expected)
    {
        await using var server = await StartAsync(new StandInExporter("x 1\n# TYPE c_total counter\nc_total 2\n"));
        Assert.Equal(expected, await server.ScrapeAsync("/metrics?" + query));
    }

    [Fact]
    public async Task A_long_text_is_sent_completely()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"x{{i=\"{i}\"}} {i}\n"));
        await using var server = await StartAsync(options => options.ExportersAlone = true, new StandInExporter(text));
        Assert.Equal(text, (await GetAsync(server, Text)).Text);
    }

    [Fact]
    public async Task A_batch_includes_the_exporters_families()
    {
        var path = Path.GetTempFileName();
        using (var batch = new BatchMetrics(Options(new StandInExporter("x 1\na_b_total 5\n"))))
        {
            await batch.WriteFileAsync(path, TestContext.Current.CancellationToken);
        }

        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        File.Delete(path);
        Assert.Equal("x 1\n", text);
    }

    [Fact]
    public async Task A_batch_omits_families_with_timestamps_that_a_scrape_includes()
    {
        var exporter = new StandInExporter("x 1\ny 1 1700000000000\nz 2\n");
        await using (var server = await StartAsync(exporter))
        {
            Assert.EndsWith("\nx 1\ny 1 1700000000000\nz 2\n", (await GetAsync(server, Text)).Text, StringComparison.Ordinal);
        }

        Assert.Empty(Warnings);
        var path = Path.GetTempFileName();
        using (var batch = new BatchMetrics(Options(exporter), Services.WithLog(_log)))
        {
            await batch.WriteFileAsync(path, TestContext.Current.CancellationToken);
        }

        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        File.Delete(path);
        Assert.Equal("x 1\nz 2\n", text);
        Assert.Contains("y 1 1700000000000", Assert.Single(Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ExportersAlone_without_exporters_is_an_error()
    {
        Assert.Throws<ArgumentException>(() => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { ExportersAlone = true }));
        Assert.Throws<ArgumentException>(() => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { Exporters = { null! } }));
    }

    private MetricsOptions Options(params IMetricsExporter[] exporters)
    {
        var options = new MetricsOptions();
        Configure(options, exporters);
        return options;
    }

    private void Configure(MetricsOptions options, IMetricsExporter[] exporters)
    {
        options.ApplicationMeters = false;
        options.Meters.Clear();
        options.Meters.Add(_meter.Name);
        foreach (var exporter in exporters)
        {
            options.Exporters.Add(exporter);
        }
    }

    private Task<MetricsServer> StartAsync(params IMetricsExporter[] exporters) => StartAsync(_ => { }, exporters);

    private Task<MetricsServer> StartAsync(Action<MetricsOptions> configure, params IMetricsExporter[] exporters) =>
        MetricsServer.StartAsync(
        options =>
        {
            Configure(options, exporters);
            configure(options);
        },
        services: Services.WithLog(_log));

    private async Task<(string Text, string Type)> GetAsync(MetricsServer server, string accept)
    {
        // Create the counter again: the server started listening only now.
        using var meter = new Meter(_meter.Name);
        meter.CreateCounter<int>("a.b").Add(1);
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);
        using var response = await client.GetAsync(
            new Uri($"http://127.0.0.1:{server.MetricsPort}/metrics"), TestContext.Current.CancellationToken);
        return (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), string.Join(
            "", response.Content.Headers.GetValues("Content-Type")));
    }

    private IEnumerable<(LogLevel Level, string Message, Exception? Exception)> Warnings =>
        _log.Entries.Where(entry => entry.Level >= LogLevel.Warning);

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private sealed class ThrowingExporter : IMetricsExporter
    {
        private bool _named;

        public string Name => Once(ref _named) ? "named once" : throw new InvalidOperationException("no name");

        public bool WritesOpenMetrics => true;

        public Task WriteAsync(Stream output, ExporterFormat format, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("broken");

        public override bool Equals(object? obj) => throw new InvalidOperationException("no equality");

        public override int GetHashCode() => throw new InvalidOperationException("no hash code");

        private static bool Once(ref bool done) => !done && (done = true);
    }
}
