// Owns: each text format of both examples, read by promtool, Python's strict parser and a real Prometheus.

using System.Text;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class FormatTests
{
    /// <summary>
    /// Series that Prometheus adds for each target: up, scrape_duration_seconds, scrape_samples_scraped,
    /// scrape_samples_post_metric_relabeling, scrape_series_added.
    /// </summary>
    private const int SeriesAddedByPrometheus = 5;

    // Only formats that Prometheus 2.42 and its promtool can read; quoted names came later.
    private static readonly (string Name, string Accept)[] s_texts =
    [
        ("text-004", "text/plain;version=0.0.4"),
        ("text-100-underscores", "text/plain;version=1.0.0;escaping=underscores"),
        ("text-100-dots", "text/plain;version=1.0.0;escaping=dots"),
        ("text-100-values", "text/plain;version=1.0.0;escaping=values"),
    ];

    private static readonly (string Name, string Accept)[] s_openMetrics =
    [
        ("openmetrics-001", "application/openmetrics-text;version=0.0.1"),
        ("openmetrics-100", "application/openmetrics-text;version=1.0.0"),
        ("openmetrics-100-dots", "application/openmetrics-text;version=1.0.0;escaping=dots"),
        ("openmetrics-100-values", "application/openmetrics-text;version=1.0.0;escaping=values"),
    ];

    private static readonly string[] s_settings =
    [
        "--TinyHost:Metrics:UnderscoreNames=false",
        "--TinyHost:Metrics:CreatedSamples=true",
        "--TinyHost:Metrics:ScopeLabels=true",
        "--TinyHost:Metrics:Resource:service.name=example",
    ];

    [Theory]
    [InlineData(Daemon.Hello)]
    [InlineData(Daemon.JsonRpc)]
    public async Task Promtool_accepts_every_version_and_escaping_of_the_text_format(string project)
    {
        var promtool = OutsideProgram.Require("promtool", package: "prometheus");
        await using var daemon = await StartWithTrafficAsync(project);
        foreach (var (name, accept) in s_texts)
        {
            var text = await ScrapeAsync(daemon, accept);
            var (exitCode, output, errors) = await ChildProcess.RunAsync(promtool, ["check", "metrics"], text);
            Assert.Equal((name, 0, "", ""), (name, exitCode, output, errors));
        }
    }

    [Theory]
    [InlineData(Daemon.Hello)]
    [InlineData(Daemon.JsonRpc)]
    public async Task The_strict_parsers_of_Python_read_every_sample_of_each_format(string project)
    {
        // Debian's Python finds Debian's packages.
        const string Python = "/usr/bin/python3";
        var isInstalled = File.Exists(Python) && (await ChildProcess.RunAsync(Python, ["-c", "import prometheus_client"])).ExitCode == 0;
        Assert.SkipUnless(isInstalled, "needs prometheus_client (Debian package python3-prometheus-client)");
        const string Read = """
            import sys
            from prometheus_client.parser import text_string_to_metric_families as text
            from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
            read = openmetrics if sys.argv[1].startswith("openmetrics") else text
            print(sum(len(f.samples) for f in read(sys.stdin.buffer.read().decode("utf-8"))))
            """;
        await using var daemon = await StartWithTrafficAsync(project);
        foreach (var (name, accept) in s_texts.Concat(s_openMetrics))
        {
            var text = await ScrapeAsync(daemon, accept);
            var (exitCode, output, errors) = await ChildProcess.RunAsync(Python, ["-c", Read, name], text);
            Assert.Equal((name, 0, $"{SampleCount(text)}", ""), (name, exitCode, output.Trim(), errors));
        }
    }

    [Theory]
    [InlineData(Daemon.Hello)]
    [InlineData(Daemon.JsonRpc)]
    public async Task Prometheus_stores_every_sample_of_each_format(string project)
    {
        await using var daemon = await StartWithTrafficAsync(project);
        var direct = (Name: "negotiated-by-prometheus", Accept: "application/openmetrics-text;version=1.0.0", Port: daemon.MetricsPort);
        (string Name, string Accept, int Port)[] jobs =
            [direct, .. s_texts.Concat(s_openMetrics).Select(format => (format.Name, format.Accept, FreePort.Next()))];
        using var directory = new TemporaryDirectory();
        await using var proxy = StartProxy(directory, daemon.MetricsPort, jobs.Skip(1));
        await using var prometheus = await PrometheusServer.StartAsync(jobs.Select(job => (job.Name, job.Port)));

        foreach (var (name, accept, _) in jobs)
        {
            Assert.Equal(1, await prometheus.UntilAsync($"up{{job=\"{name}\"}}", up => up == 1));

            // Some series appear late, such as those of the first garbage collection: compare again until all counts agree.
            await Deadline.UntilAsync(
                $"the same number of samples in {name} and in Prometheus",
                async () => (
                    Exposed: SampleCount(await ScrapeAsync(daemon, accept)),
                    Scraped: await prometheus.QueryAsync($"scrape_samples_scraped{{job=\"{name}\"}}"),
                    Stored: await prometheus.QueryAsync($"count({{job=\"{name}\"}}) - {SeriesAddedByPrometheus}")),
                counts => counts.Exposed > 100 && counts.Exposed == counts.Scraped && counts.Exposed == counts.Stored);
        }
    }

    // The proxy has one port per format and replaces the Accept field that Prometheus sends there.
    private static ChildProcess StartProxy(
        TemporaryDirectory directory, int metricsPort, IEnumerable<(string Name, string Accept, int Port)> formats)
    {
        var haproxy = OutsideProgram.Require("haproxy", package: "haproxy");
        var configuration = new StringBuilder("""
            defaults
                mode http
                timeout connect 10s
                timeout client 60s
                timeout server 60s

            """);
        foreach (var (name, accept, port) in formats)
        {
            configuration.Append($"""
                listen {name}
                    bind 127.0.0.1:{port}
                    http-request set-header Accept "{accept}"
                    server daemon 127.0.0.1:{metricsPort}

                """);
        }

        return ChildProcess.Start(haproxy, ["-db", "-f", directory.Write("haproxy.cfg", configuration.ToString())]);
    }

    private static async Task<Daemon> StartWithTrafficAsync(string project)
    {
        var daemon = await Daemon.StartAsync(project, s_settings);
        foreach (var path in (string[])["/hello", "/rpc", "/nowhere"])
        {
            using var response = await daemon.App.GetAsync(path, TestContext.Current.CancellationToken);
        }

        using var failed = await daemon.App.PostRpcAsync("""{"jsonrpc":"2.0","method":"add","id":1}""");
        using var batch = await daemon.App.PostRpcAsync("""
            [{"jsonrpc":"2.0","method":"sum","params":[1,2],"id":1},{"jsonrpc":"2.0","method":"no","id":2}]
            """);

        // The first scrape creates the series about scrapes.
        await daemon.ScrapeAsync();
        return daemon;
    }

    private static async Task<string> ScrapeAsync(Daemon daemon, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await daemon.Metrics.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.StartsWith(accept.Split(';')[0], response.Content.Headers.GetValues("Content-Type").Single(), StringComparison.Ordinal);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static int SampleCount(string text) => text.Split('\n').Count(line => line.Length > 0 && line[0] != '#');
}
