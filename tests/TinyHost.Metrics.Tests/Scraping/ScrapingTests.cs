using System.Diagnostics.Metrics;
using System.Net;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class ScrapingTests
{
    [Fact]
    public async Task While_a_callback_hangs_app_and_scrapes_are_answered()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        using var release = new ManualResetEventSlim();
        meter.CreateObservableGauge("a.stuck", () => Wait(release));
        meter.CreateObservableGauge("b.fine", () => 1);
        await using var server = await StartAsync(meter, options => options.CallbackTimeout = TimeSpan.FromMilliseconds(50));
        var scrape = server.ScrapeAsync();
        Assert.Equal("app\n", (await server.SendAsync("GET", server.AppPort, "/")).Content);
        var text = await scrape;
        Assert.Contains("b_fine 1\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("a_stuck ", text, StringComparison.Ordinal);
        Assert.Contains("tinyhost_metrics_scrape_errors_total{error_type=\"callback_timeout\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("tinyhost_metrics_scrape_active 1\n", text, StringComparison.Ordinal);
        release.Set();
    }

    [Fact]
    public async Task A_callback_that_throws_is_counted_and_fails_the_scrape_only_with_FailOnError()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        meter.CreateObservableGauge("a.broken", () => meter.Name.Length > 0 ? throw new InvalidOperationException("broken") : 1);
        await using (var server = await StartAsync(meter, _ => { }))
        {
            Assert.Contains("tinyhost_metrics_scrape_errors_total{error_type=\"callback_failed\"} 1\n", await server.ScrapeAsync(
                ), StringComparison.Ordinal);
        }

        await using (var server = await StartAsync(meter, options => options.FailOnError = true))
        {
            var (status, content, _) = await server.SendAsync("GET", server.MetricsPort, "/metrics");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            Assert.Contains("a_broken", content, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_scrape_takes_no_longer_than_Prometheus_waits()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        using var release = new ManualResetEventSlim();
        for (var i = 0; i < 5; i++)
        {
            meter.CreateObservableGauge($"g{i}", () => Wait(release));
        }

        await using var server = await StartAsync(meter, options => options.CallbackTimeout = TimeSpan.FromMinutes(5));
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.MetricsPort}/metrics");
        request.Headers.Add("X-Prometheus-Scrape-Timeout-Seconds", "0.2");
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        release.Set();
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("10", 9.5)]
    [InlineData("10.000000", 9.5)]
    [InlineData("1", 0.9)]
    [InlineData("0", null)]
    [InlineData("-1", null)]
    [InlineData("NaN", null)]
    [InlineData("1e9", null)]
    [InlineData("1000000", null)]
    [InlineData("ten", null)]
    public void The_time_limit_is_slightly_below_the_scrapers_timeout(string? field, double? expected) =>
        Assert.Equal(expected, ScrapeDeadline.ReadTimeout(field)?.TotalSeconds);

    private static int Wait(ManualResetEventSlim release)
    {
        release.Wait();
        return 1;
    }

    private static Task<MetricsServer> StartAsync(Meter meter, Action<MetricsOptions> configure) => MetricsServer.StartAsync(options =>
    {
        options.ApplicationMeters = false;
        options.Meters.Clear();
        options.Meters.Add(meter.Name);
        configure(options);
    });
}
