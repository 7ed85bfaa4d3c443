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

    private static StandInExporter Exporter(Func<string, string, ExporterFamilyOrigin> origin) => new(Text) { Origin = origin };

    private Task<MetricsServer> StartAsync(params IMetricsExporter[] exporters) => MetricsServer.StartAsync(
        options => Array.ForEach(exporters, options.Exporters.Add), services: Services.WithLog(_log));
}
