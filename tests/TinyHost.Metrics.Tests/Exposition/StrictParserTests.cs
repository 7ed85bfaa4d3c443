using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Expositions;

/// <summary>
/// Reads whole expositions, with exporters and as batches, with the parsers of Prometheus' client for Python: the strict one for
/// OpenMetrics, and the one for text. Neither knows quoted names.
/// </summary>
[Collection(ServersAlone.Name)]
public sealed class StrictParserTests : IDisposable
{
    private const string Count = """
        import sys
        from prometheus_client.parser import text_string_to_metric_families as text
        from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
        read = openmetrics if sys.argv[1].startswith("application/openmetrics-text") else text
        families = list(read(sys.stdin.buffer.read().decode("utf-8")))
        names = [family.name for family in families]
        assert len(set(names)) == len(names), names
        print(sum(len(family.samples) for family in families))
        """;

    // Each has what the reader repairs.
    private const string Shared =
        "# TYPE lat summary\nlat{quantile=\"0.5\"} 1\nlat_sum 2\nlat_count 3\n# HELP win C:\\temp\nsecond line\n# TYPE win gauge\nwin -1\n";

    private const string Text = Shared
        + "# HELP events \\\n# TYPE events counter\nevents 5\n# a comment\n"
        + "# TYPE req histogram\nreq_bucket{le=\"1\"} 1\nreq_bucket{le=\"+Inf\"} 2\nreq_sum 3\nreq_count 2\nfree 1\n";

    private const string OpenMetrics = Shared
        + "# HELP events \\\n# TYPE events unknown\nevents 5 # {trace_id=\"a\"} 1\n"
        + "# TYPE req histogram\nreq_bucket{le=\"1.0\"} 1 # {trace_id=\"a\"} 7\nreq_bucket{le=\"+Inf\"} 2 # {trace_id=\"b\"} 7 1.5\n"
        + "req_sum 3\nreq_count 2 # {trace_id=\"b\"} 7\n# EOF\n";

    private readonly Meter _meter = new(TestCollector.NewMeterName());

    public void Dispose() => _meter.Dispose();

    [Theory]
    [InlineData("text/plain;version=0.0.4")]
    [InlineData("text/plain;version=1.0.0;escaping=underscores")]
    [InlineData("text/plain;version=1.0.0;escaping=dots")]
    [InlineData("text/plain;version=1.0.0;escaping=values")]
    [InlineData("application/openmetrics-text;version=0.0.1")]
    [InlineData("application/openmetrics-text;version=1.0.0")]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=underscores")]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=dots")]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=values")]
    public async Task The_Python_parsers_read_a_scrape_in_every_format_they_know(string accept)
    {
        await OutsideProgram.SkipWithoutPythonClientAsync();
        await using var server = await MetricsServer.StartAsync(Configure);
        Record();
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);
        var address = new Uri($"http://127.0.0.1:{server.MetricsPort}/metrics");
        await client.GetStringAsync(address, TestContext.Current.CancellationToken);
        using var response = await client.GetAsync(address, TestContext.Current.CancellationToken);
        Assert.StartsWith(accept.Split(';')[0], response.Content.Headers.GetValues("Content-Type").Single(), StringComparison.Ordinal);
        await CheckAsync(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), accept);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_Python_parser_reads_a_batch(bool includesProcess)
    {
        await OutsideProgram.SkipWithoutPythonClientAsync();
        var options = new MetricsOptions { BatchIncludesProcess = includesProcess };
        Configure(options);
        using var batch = new BatchMetrics(options);
        Record();
        var path = Path.GetTempFileName();
        await batch.WriteFileAsync(path, TestContext.Current.CancellationToken);
        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        File.Delete(path);
        await CheckAsync(text, "text/plain");
    }

    private static async Task CheckAsync(string text, string format)
    {
        var samples = text.Split('\n').Count(line => line.Length > 0 && line[0] != '#');
        Assert.True(samples > 50);
        foreach (var line in (string[])["events{L} 5", "win{L} -1", "lat_count{L} 3", "req_count{L} 2"])
        {
            Assert.Contains($"\n{line.Replace("L", "env=\"test\"", StringComparison.Ordinal)}\n", text, StringComparison.Ordinal);
        }

        var (exitCode, output, error) = await OutsideProgram.RunAsync(OutsideProgram.Python, ["-c", Count, format], text);
        Assert.Equal((0, samples.ToString(CultureInfo.InvariantCulture), ""), (exitCode, output.Trim(), error));
    }

    private void Configure(MetricsOptions options)
    {
        options.ApplicationMeters = false;
        options.Meters.Add(_meter.Name);
        options.UnderscoreNames = false;
        options.CreatedSamples = true;
        options.ScopeLabels = true;
        options.Labels["env"] = "test";
        options.Resource["service.name"] = "strict";
        options.Exporters.Add(new StandInExporter(Text, OpenMetrics));
    }

    private void Record()
    {
        using var span = new Activity("span") { ActivityTraceFlags = ActivityTraceFlags.Recorded };
        span.SetIdFormat(ActivityIdFormat.W3C).Start();
        Zoo.Fill(_meter);
    }
}
