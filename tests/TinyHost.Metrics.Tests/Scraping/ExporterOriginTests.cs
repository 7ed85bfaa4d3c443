// Owns: tests of families that an exporter's library records about the process, beside the built-in ones.

using Microsoft.Extensions.Logging;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class ExporterOriginTests
{
    private const string Text =
        "# HELP process_open_fds Files.\n# TYPE process_open_fds gauge\nprocess_open_fds -7\n"
        + "# HELP threads Number.\n# TYPE threads gauge\nthreads 4\n"
        + "# HELP gc Bytes.\n# TYPE gc gauge\ngc 5\n";

    private readonly RecordingLogger _log = new();

    [Fact]
    public async Task A_family_of_the_process_whose_name_is_taken_is_left_out_without_a_report()
    {
        await using var server = await StartAsync(Exporter((_, _) => ExporterFamilyOrigin.Process));
        var scraped = await server.ScrapeAsync();
        Assert.DoesNotContain("process_open_fds -7", scraped, StringComparison.Ordinal);
        Assert.Contains("\nthreads 4\n", scraped, StringComparison.Ordinal);
        Assert.DoesNotContain("exporter_collision", await server.ScrapeAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(_log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_family_of_the_process_that_an_earlier_exporter_has_is_left_out_without_a_report()
    {
        var exporter = Exporter((_, _) => ExporterFamilyOrigin.Process);
        await using var server = await StartAsync(exporter, exporter);
        Assert.Equal(2, (await server.ScrapeAsync()).Split("threads 4\n").Length);
        Assert.DoesNotContain("exporter_collision", await server.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_family_of_the_application_whose_name_is_taken_is_reported()
    {
        await using var server = await StartAsync(
            Exporter((_, help) => help == "Files." ? ExporterFamilyOrigin.Application : ExporterFamilyOrigin.Process));
        Assert.Contains("error_type=\"exporter_collision\"} 1\n", await server.ScrapeAsync(), StringComparison.Ordinal);
        Assert.Contains(
            "Family process_open_fds of exporter",
            Assert.Single(_log.Entries, entry => entry.Level >= LogLevel.Warning).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task DisableGc_leaves_out_the_collectors_families(bool disableGc, bool expected)
    {
        var exporter = Exporter((family, _) => family == "gc" ? ExporterFamilyOrigin.GarbageCollector : ExporterFamilyOrigin.Process);
        await using var server = await MetricsServer.StartAsync(options =>
        {
            options.Exporters.Add(exporter);
            options.DisableGc = disableGc;
        });
        var scraped = await server.ScrapeAsync();
        Assert.Equal(expected, scraped.Contains("\ngc 5\n", StringComparison.Ordinal));
        Assert.Contains("\nthreads 4\n", scraped, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Families_of_an_exporter_share_a_name_of_another_format()
    {
        const string Pair = "# TYPE jobs gauge\njobs 1\n# TYPE jobs_total counter\njobs_total 2\n";
        const string Reversed = "# TYPE runs_total counter\nruns_total 2\n# TYPE runs gauge\nruns 1\n";
        await using var server = await StartAsync(new StandInExporter(Pair + Reversed));
        Assert.EndsWith("\n" + Pair + Reversed, await server.ScrapeAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("exporter_collision", await server.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExporterFamilyOrigin.Process, false)]
    [InlineData(ExporterFamilyOrigin.Application, true)]
    public async Task Of_two_families_with_one_name_in_OpenMetrics_the_first_stays(ExporterFamilyOrigin origin, bool isReported)
    {
        const string Gauge = "# HELP jobs A.\n# TYPE jobs gauge\njobs 1.0\n";
        var exporter = new StandInExporter("", Gauge + "# HELP jobs B.\n# TYPE jobs counter\njobs_total 2.0\n# EOF\n")
        {
            Origin = (_, _) => origin,
        };
        await using var server = await StartAsync(exporter);
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", "application/openmetrics-text;version=1.0.0");
        var scraped = await client.GetStringAsync(
            new Uri($"http://127.0.0.1:{server.MetricsPort}/metrics"), TestContext.Current.CancellationToken);
        Assert.EndsWith("\n" + Gauge + "# EOF\n", scraped, StringComparison.Ordinal);
        Assert.Equal(isReported, scraped.Contains("error_type=\"exporter_collision\"} 1\n", StringComparison.Ordinal));
        Assert.DoesNotContain("exporter_invalid", scraped, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("# TYPE jobs gauge\njobs 1\n# TYPE x gauge\nx 1\n# TYPE jobs gauge\njobs 2\n")]
    [InlineData("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_count 1\n# TYPE h_count gauge\nh_count 2\n")]
    public async Task Names_that_an_exporter_writes_twice_are_reported(string text)
    {
        await using var server = await StartAsync(new StandInExporter(text));
        Assert.Contains("error_type=\"exporter_collision\"} 1\n", await server.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Families_of_two_exporters_differ_in_every_format()
    {
        await using var server = await StartAsync(
            new StandInExporter("# TYPE jobs gauge\njobs 1\n"), new StandInExporter("# TYPE jobs_total counter\njobs_total 2\n"));
        Assert.Contains("error_type=\"exporter_collision\"} 1\n", await server.ScrapeAsync(), StringComparison.Ordinal);
    }

    private static StandInExporter Exporter(Func<string, string, ExporterFamilyOrigin> origin) => new(Text) { Origin = origin };

    private Task<MetricsServer> StartAsync(params IMetricsExporter[] exporters) => MetricsServer.StartAsync(
        options => Array.ForEach(exporters, options.Exporters.Add), services: Services.WithLog(_log));
}
