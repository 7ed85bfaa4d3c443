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
        using var sampler = new HistorySampler(_test.Collector, history, new SeriesBudget(memory / 4 / SeriesBudget.SeriesSize));
        var chart = new Chart(1, "a", "A", "", "a");
        for (var second = 0; second < 700; second++)
        {
            history.Add(chart, Invariant(second));
            sampler.Sample(second, 1, 0);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, history.Columns.Count * History.Length * sizeof(float), memory);
        Assert.True(history.Columns.Count >= 190);
    }

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value);

    private Histogram<double> Histogram(string name) => _test.Meter.CreateHistogram<double>(
        name, "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.025, 0.05, 0.5, 5] });

    private HistorySampler Sampler() => _sampler = new(_test.Collector, _history, new SeriesBudget(5_000));

    private Dictionary<string, float> Values(long second) => _history.Columns
        .Select((column, index) => (Key: $"{column.Chart.Id} {column.Name}", Value: _history.Read(index, second)))
        .ToDictionary(value => value.Key, value => value.Value);
}
