using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

/// <summary>Scrapes with a manual clock.</summary>
[Collection(ServersAlone.Name)]
public sealed class ScrapeTimeTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly Meter _meter = new(TestCollector.NewMeterName());
    private readonly ManualResetEventSlim _release = new();
    private Scraper? _scraper;

    public void Dispose()
    {
        _release.Set();
        _scraper?.Dispose();
        _meter.Dispose();
        _release.Dispose();
    }

    [Fact]
    public async Task A_collection_serves_scrapes_for_its_lifetime()
    {
        var calls = 0;
        _meter.CreateObservableGauge("g", () => ++calls);
        await using var server = await StartAsync(options => options.CacheLifetime = TimeSpan.FromSeconds(10));
        Assert.Contains("\ng 1\n", await ScrapeAsync(server), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Contains("\ng 1\n", await ScrapeAsync(server), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("\ng 2\n", await ScrapeAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_duration_of_scrapes_is_measured()
    {
        _meter.CreateObservableGauge("g", () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return 1;
        });
        await using var server = await StartAsync(_ => { });
        await ScrapeAsync(server);
        var text = await ScrapeAsync(server);
        Assert.Contains("tinyhost_metrics_scrape_duration_seconds_sum 1\n", text, StringComparison.Ordinal);
        Assert.Contains("tinyhost_metrics_scrape_duration_seconds_count 1\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("4")]
    public async Task A_callback_that_hangs_costs_its_own_family_after_its_timeout(string? scrapeTimeout)
    {
        Hang();
        await using var server = await StartAsync(_ => { });
        var scrape = GetAsync(server, scrapeTimeout);
        await Until.TrueAsync(() => _hangs && _time.TimerCount > 0);
        _time.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        Assert.Equal(1, _time.TimerCount);
        _time.Advance(TimeSpan.FromTicks(1));
        var (status, text) = await scrape;
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.DoesNotContain("\nstuck 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nfine 1\n", text, StringComparison.Ordinal);
        Assert.Contains("error_type=\"callback_timeout\"} 1\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("gzip")]
    public async Task A_scrape_that_times_out_before_its_first_byte_gets_a_503(string coding)
    {
        // The built-in series are collected before this gauge.
        _meter.CreateObservableGauge("g", () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return 1;
        });
        await using var server = await StartAsync(_ => { });
        var (status, text) = await GetAsync(server, "1", coding);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("The scrape took longer than X-Prometheus-Scrape-Timeout-Seconds allows.\n", text);
        Assert.Contains(
            "tinyhost_metrics_scrape_errors_total{error_type=\"scrape_timeout\"} 1\n", await ScrapeAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compressed_bytes_held_back_at_the_deadline_are_not_sent()
    {
        await using var server = await StartAsync(options => options.CardinalityLimit = 10_000);
        RecordMany(2_000, 100);
        // Each clock reading advances one second, so the deadline passes while the exposition is being written.
        _time.PassesWithEachReading = TimeSpan.FromSeconds(1);
        var (status, text) = await GetAsync(server, "20", "gzip");
        _time.PassesWithEachReading = TimeSpan.Zero;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("The scrape took longer than X-Prometheus-Scrape-Timeout-Seconds allows.\n", text);
    }

    [Fact]
    public async Task A_scraper_in_a_hurry_does_not_cost_others_a_family()
    {
        Hang();
        await using var server = await StartAsync(_ => { });
        var hurried = GetAsync(server, "0.001");
        await Until.TrueAsync(() => _hangs && _time.TimerCount > 0);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await hurried).Status);
        var patient = GetAsync(server, null);
        await Until.TrueAsync(() => _time.TimerCount > 0);
        _release.Set();
        var text = (await patient).Text;
        Assert.Contains("\nstuck 1\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("callback_timeout", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scrapes_that_wait_for_a_callback_take_no_slot()
    {
        Hang();
        await using var server = await StartAsync(options => options.MaxScrapesInFlight = 1);
        Task<(HttpStatusCode Status, string Text)>[] scrapes = [.. Enumerable.Range(0, 3).Select(_ => GetAsync(server, null))];
        await Until.TrueAsync(() => _hangs && _time.TimerCount == scrapes.Length);
        Assert.All(scrapes, scrape => Assert.False(scrape.IsCompleted));
        _release.Set();
        Assert.Contains(await Task.WhenAll(scrapes), scrape => scrape.Text.Contains("\nstuck 1\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stalled_scraper_is_cut_off_for_others()
    {
        await using var server = await StartAsync(options =>
        {
            options.MaxScrapesInFlight = 1;
            options.CardinalityLimit = 20_000;
        });
        // More than the socket buffers hold.
        RecordMany(10_000, 2_000);
        using var stalled = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.MetricsPort));
        stalled.Socket.ReceiveBufferSize = 4_096;
        await stalled.SendAsync("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
        await Until.TrueAsync(() => stalled.Socket.Available > 0);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await GetAsync(server, null)).Status);
        await Until.TrueAsync(() =>
        {
            // Repeat: the stalled scrape may still be writing, and only a waiting scrape is cut off.
            _time.Advance(TimeSpan.FromSeconds(5));
            return GetAsync(server, null, path: "/metrics?name%5B%5D=none").GetAwaiter().GetResult().Status == HttpStatusCode.OK;
        });
        Assert.DoesNotContain("\r\n0\r\n\r\n", await stalled.ReadToResetAsync(), StringComparison.Ordinal);
        var text = (await GetAsync(server, null, path: "/metrics?name%5B%5D=tinyhost_metrics_scrape_errors_total")).Text;
        Assert.Contains("tinyhost_metrics_scrape_errors_total{error_type=\"scraper_stalled\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("tinyhost_metrics_scrape_errors_total{error_type=\"too_many_scrapes\"}", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_scraper_keeps_its_slot_for_five_seconds()
    {
        var slots = new ScrapeSlots(1, _time);
        await using var server = await MetricsServer.StartAsync(_ => context =>
        {
            var slot = slots.TryTake()!;
            slots.SetWaiting(slot, context);
            _time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
            Assert.Null(slots.TryTake());
            slots.SetWaiting(slot, null);
            _time.Advance(TimeSpan.FromSeconds(5));
            Assert.Null(slots.TryTake());
            slot.Dispose();
            Assert.NotNull(slots.TryTake());
            return context.Response.WriteTextAsync("fine\n");
        });
        Assert.Equal("fine\n", (await GetAsync(server, null)).Text);
    }

    [Fact]
    public async Task All_waiting_scrapes_continue_without_a_callback_that_hangs()
    {
        Hang();
        await using var server = await StartAsync(_ => { });
        Task<(HttpStatusCode Status, string Text)>[] scrapes = [.. Enumerable.Range(0, 5).Select(_ => GetAsync(server, null))];
        await Until.TrueAsync(() => _hangs && _time.TimerCount == 5);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.All(await Task.WhenAll(scrapes), scrape => Assert.Contains("\nfine 1\n", scrape.Text, StringComparison.Ordinal));
        // Task.WaitAsync disposes its timer after it has completed.
        await Until.TrueAsync(() => _time.TimerCount == 0);
    }

    [Fact]
    public async Task A_callback_that_hangs_fails_the_scrape_with_FailOnError()
    {
        Hang();
        await using var server = await StartAsync(options => options.FailOnError = true);
        var scrape = GetAsync(server, null);
        await Until.TrueAsync(() => _hangs && _time.TimerCount > 0);
        _time.Advance(TimeSpan.FromSeconds(2));
        var (status, text) = await scrape;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("stuck", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scrape_waits_for_a_callback_that_returns_in_time()
    {
        Hang();
        await using var server = await StartAsync(_ => { });
        var scrape = GetAsync(server, null);
        await Until.TrueAsync(() => _hangs && _time.TimerCount > 0);
        _time.Advance(TimeSpan.FromSeconds(1));
        _release.Set();
        Assert.Contains("\nstuck 1\n", (await scrape).Text, StringComparison.Ordinal);
        Assert.Equal(0, _time.TimerCount);
    }

    private volatile bool _hangs;

    private void RecordMany(int series, int padding)
    {
        var gauge = _meter.CreateGauge<int>("many");
        for (var i = 0; i < series; i++)
        {
            gauge.Record(i, new("i", i), new("padding", new string('x', padding)));
        }
    }

    private void Hang()
    {
        _meter.CreateObservableGauge("stuck", () =>
        {
            _hangs = true;
            _release.Wait();
            return 1;
        });
        _meter.CreateObservableGauge("fine", () => 1);
    }

    private Task<MetricsServer> StartAsync(Action<MetricsOptions> configure)
    {
        var options = new MetricsOptions { ApplicationMeters = false };
        options.Meters.Clear();
        options.Meters.Add(_meter.Name);
        configure(options);
        var collector = new MetricCollector(options, null, NullLogger.Instance, _time, new LinuxProcess("/nowhere", (_, _) => { }));
        _scraper = new Scraper(collector, options, new AppTraffic(), NullLogger.Instance);
        return MetricsServer.StartAsync(_ => _scraper.AnswerAsync);
    }

    private static async Task<string> ScrapeAsync(MetricsServer server) => (await GetAsync(server, null)).Text;

    private static async Task<(HttpStatusCode Status, string Text)> GetAsync(
        MetricsServer server, string? scrapeTimeout, string coding = "identity", string path = "/")
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("Accept-Encoding", coding);
        if (scrapeTimeout is not null)
        {
            client.DefaultRequestHeaders.Add("X-Prometheus-Scrape-Timeout-Seconds", scrapeTimeout);
        }

        using var response = await client.GetAsync(
            new Uri($"http://127.0.0.1:{server.MetricsPort}{path}"), TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
