using System.Diagnostics.Metrics;
using System.Globalization;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Dashboard;

public sealed class HistorySamplerTests : IDisposable
{
    private readonly TestCollector _test = new();
    private readonly History _history = new(maxColumns: 200);

    private HistorySampler? _sampler;

    public void Dispose()
    {
        _sampler?.Dispose();
        _test.Dispose();
    }

    [Fact]
    public void Requests_calls_connections_scrapes_and_the_process_have_columns()
    {
        var requests = Histogram("http.server.request.duration");
        var calls = Histogram("rpc.server.call.duration");
        var connections = Histogram("tinyhost.connection.duration");
        var scrapes = Histogram("tinyhost.metrics.scrape.duration");
        var rejected = _test.Meter.CreateCounter<long>("tinyhost.requests.rejected");
        var sampler = Sampler();
        for (var i = 0; i < 10; i++)
        {
            requests.Record(0.03, Tag("http.request.method", "GET"), Tag("http.route", "/a"), Tag("http.response.status_code", 200));
        }

        requests.Record(0.3, Tag("http.request.method", "GET"), Tag("http.response.status_code", 404));
        requests.Record(
            3, Tag("http.request.method", "PUT"), Tag("http.response.status_code", 200), Tag("error.type", "System.IO.IOException"));
        requests.Record(3, Tag("http.request.method", "PUT"), Tag("error.type", "System.IO.IOException"));
        calls.Record(0.03, Tag("rpc.method", "add"));
        calls.Record(0.03, Tag("rpc.method", "_OTHER"), Tag("rpc.status_code", "-32601"), Tag("error.type", "-32601"));
        connections.Record(5, Tag("reason", "idle_timeout"));
        scrapes.Record(0.25);
        scrapes.Record(0.5, Tag("error.type", "scrape_timeout"));
        rejected.Add(3, Tag("reason", "uri_too_long"));
        requests.Record(1);
        sampler.Sample(1, 1, connections: 7);

        var values = Values(1);
        Assert.Equal(1, values["requests other"]);
        Assert.Equal(10, values["requests GET /a 200"]);
        Assert.Equal(1, values["requests GET (no route) 404"]);
        Assert.Equal(1, values["requests PUT (no route) System.IO.IOException"]);
        Assert.Equal(1, values["errors 404"]);
        Assert.Equal(2, values["errors System.IO.IOException"]);
        Assert.DoesNotContain("errors 200", values.Keys);
        Assert.InRange(values["latency p50"], 0.025, 0.05);
        Assert.Equal(10, values["heat 0.05"]);
        Assert.Equal(0, values["heat +Inf"]);
        Assert.Equal(1, values["rpc add"]);
        Assert.Equal(1, values["rpc _OTHER (-32601)"]);
        Assert.InRange(values["rpc_latency p99"], 0.025, 0.05);
        Assert.Equal(1, values["closed idle_timeout"]);
        Assert.Equal(0.25, values["scrapes succeeded"]);
        Assert.Equal(0.5, values["scrapes failed: scrape_timeout"]);
        Assert.Equal(3, values["rejected uri_too_long"]);
        Assert.Equal(7, values["connections open"]);
        Assert.True(values["memory resident"] > 1_000_000);
        Assert.True(values["memory managed heap"] > 100_000);
        Assert.True(values["pool threads"] >= 0);

        // A second without scrapes is a gap, one without requests is not.
        sampler.Sample(2, 1, connections: 7);
        values = Values(2);
        Assert.Equal(0, values["requests GET /a 200"]);
        Assert.Equal(float.NaN, values["latency p50"]);
        Assert.Equal(float.NaN, values["scrapes succeeded"]);
    }

    [Fact]
    public void Garbage_collections_count_once_in_their_own_generation()
    {
        var sampler = Sampler();
        sampler.Sample(1, 1, 0);
        GC.Collect(2, GCCollectionMode.Forced, blocking: true);
        sampler.Sample(2, 1, 0);
        Assert.True(Values(2)["gc gen 2"] >= 1);
        Assert.True(Values(2)["gc gen 0"] >= 0);
        Assert.True(Values(2)["pauses paused"] > 0);
    }

    [Fact]
    public void Reading_calls_no_callback_of_the_program()
    {
        var calls = 0;
        _test.Meter.CreateObservableGauge("g", () => ++calls);
        _test.Meter.CreateObservableCounter("tinyhost.requests.rejected", () => (long)++calls);
        var sampler = Sampler();
        sampler.Sample(1, 1, 0);
        Assert.Equal(0, calls);
    }

    [Fact]
    public void Reading_allocates_nothing_once_the_series_are_known()
    {
        var requests = Histogram("http.server.request.duration");
        var sampler = Sampler();
        for (var route = 0; route < 100; route++)
        {
            requests.Record(0.1, Tag("http.route", Invariant(route)));
        }

        var second = 0;
        for (; second < 50; second++)
        {
            sampler.Sample(second, 1, 0);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (; second < 60; second++)
        {
            sampler.Sample(second, 1, 0);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_family_that_left_and_came_back_continues_its_columns()
    {
        var sampler = Sampler();
        using (var meter = new Meter(_test.MeterName))
        {
            meter.CreateCounter<long>("tinyhost.requests.rejected").Add(5, Tag("reason", "a"));
            sampler.Sample(1, 1, 0);
        }

        sampler.Sample(2, 1, 0);
        Assert.Equal(float.NaN, Values(2)["rejected a"]);
        _test.Meter.CreateCounter<long>("tinyhost.requests.rejected").Add(2, Tag("reason", "a"));
        sampler.Sample(3, 1, 0);
        Assert.Equal(2, Values(3)["rejected a"]);
    }

    [Fact]
    public void Everything_fits_into_its_memory()
    {
        const int memory = 1 << 20;
        var requests = Histogram("http.server.request.duration");
        for (var route = 0; route < 1_000; route++)
        {
            requests.Record(0.1, Tag("http.route", Invariant(route)), Tag("http.response.status_code", 400 + (route % 200)));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        using var dashboard = new LiveDashboard(_test.Collector, memory, _test.Log);
        var history = new History(memory / 2 / History.ColumnSize);
        using var sampler = new HistorySampler(
            _test.Collector, history, new SeriesBudget(memory / 4 / SeriesBudget.SeriesSize), Guard);
        var chart = new Chart(1, "a", "A", "", "a");
        for (var second = 0; second < 700; second++)
        {
            history.Add(chart, Invariant(second));
            sampler.Sample(second, 1, 0);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, history.Columns.Count * History.Length * sizeof(float), memory);
        Assert.True(history.Columns.Count >= 190);
    }

    [Fact]
    public void A_reading_that_fails_leaves_a_gap_in_its_own_chart_and_is_reported_once()
    {
        var chart = new Chart(1, "broken", "Broken", "", "broken");
        var fails = true;
        var sampler = Sampler((instrument, family, history) => instrument == "broken"
            ? new FamilyColumns(
                [
                    new Breakdown(
                        history, chart, 5, ofMean: false,
                        labels => labels.Tags[0].Value is "b" && fails ? throw new FormatException("Odd.") : "x"),
                ],
                [])
            : FamilyColumns.For(instrument, family, history));
        var broken = _test.Meter.CreateCounter<long>("broken");
        var rejected = _test.Meter.CreateCounter<long>("tinyhost.requests.rejected");
        broken.Add(1, Tag("n", "a"));
        sampler.Sample(1, 1, 0);
        broken.Add(5, Tag("n", "a"));
        broken.Add(7, Tag("n", "b"));
        for (var second = 2; second < 4; second++)
        {
            rejected.Add(3, Tag("reason", "a"));
            sampler.Sample(second, 1, connections: 4);
            Assert.Equal(float.NaN, Values(second)["broken x"]);
            Assert.Equal((3, 4), (Values(second)["rejected a"], Values(second)["connections open"]));
        }

        fails = false;
        sampler.Sample(4, 1, 0);
        Assert.Equal(7, Values(4)["broken x"]);
        Assert.Equal(
            "Reading broken_total for the dashboard failed, and the server continues without it. This is reported once.",
            Assert.Single(_test.Log.Entries).Message);
    }

    [Fact]
    public void A_callback_that_throws_at_a_scrape_changes_nothing_for_the_dashboard()
    {
        _test.Meter.CreateObservableCounter("tinyhost.requests.rejected", long () => throw new InvalidOperationException("It fails."));
        var requests = Histogram("http.server.request.duration");
        var sampler = Sampler();
        requests.Record(0.1, Tag("http.route", "/a"));
        _test.Samples();
        sampler.Sample(1, 1, 0);
        Assert.Equal(1, Values(1)["requests /a"]);
    }

    [Fact]
    public void Native_histograms_have_quantiles_and_a_heat_map()
    {
        using var test = new TestCollector(configure: options =>
            options.NativeHistograms["http.server.request.duration"] = new NativeHistogramOptions { ClassicBuckets = false });
        using var sampler = new HistorySampler(test.Collector, _history, new SeriesBudget(5_000), Guard);
        var requests = test.Meter.CreateHistogram<double>("http.server.request.duration", "s");
        for (var i = 1; i <= 100; i++)
        {
            requests.Record(i / 1_000.0, Tag("http.route", "/a"));
        }

        requests.Record(0);
        requests.Record(5_000);
        sampler.Sample(1, 1, 0);
        var values = Values(1);
        Assert.Equal(100, values["requests /a"]);
        Assert.InRange(values["latency p50"], 0.046, 0.056);
        Assert.InRange(values["latency p90"], 0.085, 0.1);
        Assert.Equal(102, values.Where(value => value.Key.StartsWith("heat ", StringComparison.Ordinal)).Sum(value => value.Value));
        Assert.Equal(1, values["heat +Inf"]);
        Assert.Equal(38, values["heat 0.125"]);
        Assert.InRange(_history.Columns.Count(column => column.Chart.Id == "heat"), 20, 32);
        Assert.Equal(
            [
                "histogram_count(sum by (http_route, http_response_status_code) (rate(http_server_request_duration_seconds[5m])))",
                "histogram_quantile(0.99, sum(rate(http_server_request_duration_seconds[5m])))",
                "sum(increase(http_server_request_duration_seconds[1m]))",
            ],
            ((string[])["requests", "latency", "heat"]).Select(id => _history.Columns.First(column => column.Chart.Id == id).Chart.Query));

        requests.Record(0.1, Tag("http.route", "/a"));
        sampler.Sample(2, 1, 0);
        Assert.Equal(1, Values(2)["heat 0.125"]);
        Assert.Equal(0, Values(2)["heat +Inf"]);
        Assert.InRange(Values(2)["latency p50"], 0.09, 0.11);
    }

    [Fact]
    public void A_histogram_without_buckets_says_why_it_has_no_quantiles()
    {
        var requests = _test.Meter.CreateHistogram<double>(
            "http.server.request.duration", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [] });
        requests.Record(0.1, Tag("http.route", "/a"));
        Sampler().Sample(1, 1, 0);
        Assert.Equal(1, Values(1)["requests /a"]);
        Assert.Equal(float.NaN, Values(1)["latency p50"]);
        Assert.Equal(
            "The histogram has no buckets, so its quantiles are unknown.",
            _history.Columns.First(column => column.Chart.Id == "latency").Chart.Note);
        Assert.DoesNotContain(_history.Columns, column => column.Chart.Id == "heat");
    }

    [Fact]
    public void Many_buckets_share_the_rows_of_the_heat_map()
    {
        var requests = _test.Meter.CreateHistogram<double>(
            "http.server.request.duration", "s",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [.. Enumerable.Range(1, 100).Select(i => (double)i)] });
        foreach (var value in (double[])[1, 4, 5, 99, 100, 101])
        {
            requests.Record(value);
        }

        Sampler().Sample(1, 1, 0);
        var rows = Values(1).Where(value => value.Key.StartsWith("heat ", StringComparison.Ordinal)).ToList();
        Assert.Equal(26, rows.Count);
        Assert.Equal(("heat 4", 2), (rows[0].Key, rows[0].Value));
        Assert.Equal(("heat 8", 1), (rows[1].Key, rows[1].Value));
        Assert.Equal(("heat 100", 2), (rows[^2].Key, rows[^2].Value));
        Assert.Equal(("heat +Inf", 1), (rows[^1].Key, rows[^1].Value));
    }

    private ObserverGuard Guard => ObserverGuard.Of(_test.Log);

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value);

    private Histogram<double> Histogram(string name) => _test.Meter.CreateHistogram<double>(
        name, "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.025, 0.05, 0.5, 5] });

    private HistorySampler Sampler(Func<string, SharedFamily, History, FamilyColumns?>? columnsFor = null) =>
        _sampler = new(_test.Collector, _history, new SeriesBudget(5_000), Guard, workers: null, columnsFor);

    private Dictionary<string, float> Values(long second) => _history.Columns
        .Select((column, index) => (Key: $"{column.Chart.Id} {column.Name}", Value: _history.Read(index, second)))
        .ToDictionary(value => value.Key, value => value.Value);
}
