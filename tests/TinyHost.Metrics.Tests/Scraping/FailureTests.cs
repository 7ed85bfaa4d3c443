using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class FailureTests
{
    [Fact]
    public async Task A_scrape_that_fails_before_its_first_byte_is_a_500_and_is_counted()
    {
        var fails = true;
        using var scraper = Scraper(new FailingProbe(() => fails));
        await using var server = await MetricsServer.StartAsync(_ => scraper.AnswerAsync);
        Assert.Equal(HttpStatusCode.InternalServerError, (await server.SendAsync("GET", server.AppPort, "/")).Status);
        fails = false;
        var (status, content, _) = await server.SendAsync("GET", server.AppPort, "/");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains(
            "tinyhost_metrics_scrape_duration_seconds_count{error_type=\"System.InvalidOperationException\"} 1\n", content,
                StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scrape_that_fails_later_never_looks_complete()
    {
        var collector = Collector(new FailingProbe(() => false), "System.Test.Late", out var meter);
        using (meter)
        using (var scraper = new Scraper(collector, new MetricsOptions(), new AppTraffic(), NullLogger.Instance))
        {
            var gauge = meter.CreateGauge<int>("a");
            for (var i = 0; i < 1_000; i++)
            {
                gauge.Record(i, new("i", i), new("padding", new string('x', 100)));
            }

            meter.CreateGauge<int>("b").Record(1);
            collector.Families.Single(family => family.Name == "b").Encoded[0] = "not what the text format keeps there";
            await using var server = await MetricsServer.StartAsync(_ => scraper.AnswerAsync);
            await Assert.ThrowsAsync<HttpRequestException>(() => server.SendAsync("GET", server.AppPort, "/"));
        }
    }

    private static Scraper Scraper(IProcessProbe probe) =>
        new(Collector(probe, "System.Test.None", out _), new MetricsOptions(), new AppTraffic(), NullLogger.Instance);

    private static MetricCollector Collector(IProcessProbe probe, string meterName, out System.Diagnostics.Metrics.Meter meter)
    {
        var options = new MetricsOptions { ApplicationMeters = false };
        options.Meters.Add(meterName);
        meter = new System.Diagnostics.Metrics.Meter(meterName);
        return new MetricCollector(options, null, NullLogger.Instance, process: probe);
    }

    private sealed class FailingProbe(Func<bool> fails) : IProcessProbe
    {
        public double StartSeconds => double.NaN;

        public double MaxDescriptors => double.NaN;

        public ProcessReading Read() => fails() ? throw new InvalidOperationException("broken") : ProcessReading.Unknown;

        public void Dispose()
        {
        }
    }
}
