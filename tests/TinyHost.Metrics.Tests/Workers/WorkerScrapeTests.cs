// Owns: tests of scrapes of a parent whose worker, or whose own callback, hangs; they own the clock.

using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Workers;

[Collection(ServersAlone.Name)]
public sealed class WorkerScrapeTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly Meter _meter = new(TestCollector.NewMeterName());
    private readonly ManualResetEventSlim _release = new();
    private readonly MetricsOptions _options = new() { ApplicationMeters = false };
    private readonly WorkerSources _sources;
    private Scraper? _scraper;
    private volatile bool _hangs;

    public WorkerScrapeTests()
    {
        _options.Meters.Clear();
        _options.Meters.Add(_meter.Name);
        _sources = new WorkerSources(_options, _time, NullLogger.Instance);
    }

    public void Dispose()
    {
        _release.Set();
        _scraper?.Dispose();
        _meter.Dispose();
        _release.Dispose();
    }

    [Theory]
    [InlineData("1", 450)]
    [InlineData("4", 1_800)]
    [InlineData("60", 3_000)]
    [InlineData(null, 3_000)]
    public async Task A_worker_that_hangs_costs_half_of_the_scrapers_time_and_its_gauges(string? timeout, int milliseconds)
    {
        using var worker = Hang(1);
        await using var server = await StartAsync();
        var scrape = GetAsync(server, timeout);
        await Until.TrueAsync(() => _time.TimerCount > 0 || scrape.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        var (status, text) = await scrape;
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("tinyhost_worker_up{worker=\"1\"} 0\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scrapes_that_wait_for_a_worker_take_no_slot()
    {
        _options.MaxScrapesInFlight = 1;
        using var worker = Hang(1);
        await using var server = await StartAsync();
        Task<(HttpStatusCode Status, string Text)>[] scrapes = [.. Enumerable.Range(0, 3).Select(_ => GetAsync(server, null))];
        await Until.TrueAsync(() => _time.TimerCount == scrapes.Length);
        Assert.All(scrapes, scrape => Assert.False(scrape.IsCompleted));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Contains(await Task.WhenAll(scrapes), scrape => scrape.Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_scrape_whose_timers_are_late_ends_all_the_same()
    {
        using var worker = Hang(1);
        await using var server = await StartAsync();
        var scrape = GetAsync(server, "1");
        await Until.TrueAsync(() => _time.TimerCount > 0 || scrape.IsCompleted);
        // As when the thread pool has had no thread for the timer.
        _time.Suspend(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromTicks(1));
        var (status, text) = await scrape;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("The scrape took longer than X-Prometheus-Scrape-Timeout-Seconds allows.\n", text);
    }

    [Theory]
    [InlineData(false, HttpStatusCode.OK)]
    [InlineData(true, HttpStatusCode.ServiceUnavailable)]
    public async Task A_callback_that_hangs_in_the_parent_costs_its_own_families(bool failOnError, HttpStatusCode expected)
    {
        _options.FailOnError = failOnError;
        var worker = TestWorker.Start(1, _sources, _sources.Connections, new RecordingLogger());
        worker.Meter.CreateCounter<long>("orders").Add(3);
        worker.Kill();
        _meter.CreateObservableGauge("stuck", () =>
        {
            _hangs = true;
            _release.Wait();
            return 1;
        });
        await using var server = await StartAsync();
        var scrape = GetAsync(server, "1");
        await Until.TrueAsync(() => _hangs && _time.TimerCount > 0);
        _time.Advance(TimeSpan.FromMilliseconds(failOnError ? 900 : 450));
        var (status, text) = await scrape;
        Assert.Equal(expected, status);
        Assert.Equal(!failOnError, text.Contains("orders_total{worker=\"1\"} 3\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_exporter_that_hangs_in_a_worker_costs_its_own_families()
    {
        var exporter = new StandInExporter("# TYPE jobs gauge\njobs 5\n") { Before = token => Task.Delay(Timeout.Infinite, token) };
        using var worker = TestWorker.Start(
            1, _sources, _sources.Connections, new RecordingLogger(), options => options.Exporters.Add(exporter), _time);
        worker.Meter.CreateGauge<long>("depth").Record(7);
        var asked = _sources.AskAsync(ExporterFormat.Text, ScrapeDeadline.None);
        // The exporter's limit, and the collection's or the parent's.
        await Until.TrueAsync(() => _time.TimerCount >= 2);
        _time.Advance(_options.CallbackTimeout);
        var text = TestCollector.Text(_sources.Merge(await asked, [], aggregate: false).Families);
        Assert.Contains("tinyhost_worker_up{worker=\"1\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("depth{worker=\"1\"} 7\n", text, StringComparison.Ordinal);
    }

    /// <summary>A worker that has started and takes no question.</summary>
    private Socket Hang(int number)
    {
        var file = (SafeFileHandle)_sources.Create(number);
        _sources.Started(file, 1_000 + number);
        using var memory = new MappedMemory(file, SharedFormat.SegmentLength);
        _ = new SharedSegment(memory);
        return new Socket((SafeSocketHandle)_sources.Connections.Create(number));
    }

    private Task<MetricsServer> StartAsync()
    {
        var collector = new MetricCollector(_options, null, NullLogger.Instance, _time, new LinuxProcess("/nowhere", (_, _) => { }));
        _scraper = new Scraper(collector, _options, new AppTraffic(), NullLogger.Instance, _sources);
        return MetricsServer.StartAsync(_ => _scraper.AnswerAsync);
    }

    private static async Task<(HttpStatusCode Status, string Text)> GetAsync(MetricsServer server, string? timeout)
    {
        using var client = new HttpClient();
        if (timeout is not null)
        {
            client.DefaultRequestHeaders.Add(ScrapeDeadline.FieldName, timeout);
        }

        using var response = await client.GetAsync(
            new Uri($"http://127.0.0.1:{server.MetricsPort}/"), TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
