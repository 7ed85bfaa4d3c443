// Owns: tests that the text of an exporter that stands alone is sent as it is written, if the exporter asks for that.

using System.Net;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class VerbatimExporterTests
{
    // Prometheus rejects all of this.
    private const string Text =
        "lone 1\n# HELP a C:\\temp\nsecond line\n# TYPE a gauge\na 1\na 1\n"
        + "# TYPE b counter\n# TYPE b counter\nb -1\n# HELP gc Bytes.\ngc 5\n";

    [Fact]
    public async Task The_text_is_sent_byte_for_byte()
    {
        await using var server = await StartAsync(new StandInExporter(Text) { IsVerbatimAlone = true });
        Assert.Equal(Text, await server.ScrapeAsync());
    }

    [Theory]
    [InlineData("# TYPE a gauge\na 1.0\nb{ 2\n# EOF\n")]
    [InlineData("# TYPE a counter\na_total -1.0\n# TYPE a gauge\na 1.0\n# EOF\n")]
    public async Task No_family_of_OpenMetrics_is_left_out(string openMetrics) =>
        Assert.Equal(openMetrics, await ScrapeOpenMetricsAsync(openMetrics));

    // Prometheus rejects the scrape because of such an exemplar, and of a HELP comment of two lines.
    [Fact]
    public async Task Comments_and_exemplars_of_OpenMetrics_are_repaired() => Assert.Equal(
        "# HELP a one\\ntwo\n# TYPE a unknown\na 2.0\n# EOF\n",
        await ScrapeOpenMetricsAsync("# HELP a one\ntwo\n# TYPE a unknown\na 2.0 # {trace_id=\"1\"} 2.0\n# EOF\n"));

    [Theory]
    [InlineData("b", "# TYPE b counter\n# TYPE b counter\nb -1\n")]
    [InlineData("a", "# HELP a C:\\temp\nsecond line\n# TYPE a gauge\na 1\na 1\n")]
    [InlineData("lone", "")]
    public async Task Queries_select_families_by_the_names_in_the_comments(string family, string expected)
    {
        await using var server = await StartAsync(new StandInExporter(Text) { IsVerbatimAlone = true });
        Assert.Equal(expected, await server.ScrapeAsync("/metrics?name[]=" + family));
    }

    [Fact]
    public async Task DisableGc_leaves_out_the_collectors_families_only()
    {
        var exporter = new StandInExporter(Text)
        {
            IsVerbatimAlone = true,
            Origin = (family, help) => (family, help) == ("gc", "Bytes.")
                ? ExporterFamilyOrigin.GarbageCollector
                : ExporterFamilyOrigin.Application,
        };
        await using var server = await StartAsync(exporter, disableGc: true);
        Assert.Equal(Text.Replace("# HELP gc Bytes.\ngc 5\n", "", StringComparison.Ordinal), await server.ScrapeAsync());
    }

    [Fact]
    public async Task A_failure_is_answered_with_503_because_nothing_else_is_exposed()
    {
        var exporter = new StandInExporter("x 1\n") { IsVerbatimAlone = true, Before = _ => throw new InvalidOperationException("no") };
        await using var server = await StartAsync(exporter);
        var (status, content, _) = await server.SendAsync("GET", server.MetricsPort, "/metrics");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("exporter failed", content, StringComparison.Ordinal);
        exporter.Before = _ => Task.CompletedTask;
        Assert.Equal("x 1\n", await server.ScrapeAsync());
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Other_texts_are_checked(bool isVerbatimAlone, bool alone)
    {
        await using var server = await StartAsync(new StandInExporter("b{ 2\nc 3\n") { IsVerbatimAlone = isVerbatimAlone }, alone: alone);
        Assert.EndsWith("c 3\n", await server.ScrapeAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("b{", await server.ScrapeAsync(), StringComparison.Ordinal);
    }

    private static async Task<string> ScrapeOpenMetricsAsync(string openMetrics)
    {
        await using var server = await StartAsync(new StandInExporter("", openMetrics) { IsVerbatimAlone = true });
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", "application/openmetrics-text;version=1.0.0");
        return await client.GetStringAsync(
            new Uri($"http://127.0.0.1:{server.MetricsPort}/metrics"), TestContext.Current.CancellationToken);
    }

    private static Task<MetricsServer> StartAsync(IMetricsExporter exporter, bool alone = true, bool disableGc = false) =>
        MetricsServer.StartAsync(options =>
        {
            options.Exporters.Add(exporter);
            options.ExportersAlone = alone;
            options.DisableGc = disableGc;
        });
}
