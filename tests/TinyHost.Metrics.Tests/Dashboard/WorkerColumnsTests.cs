// Owns: tests of the dashboard of a parent, whose charts add up its workers.

using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Dashboard;

[Collection(ServersAlone.Name)]
public sealed class WorkerColumnsTests : IDisposable
{
    private static readonly double[] s_bounds = [0.005, 0.025, 0.05, 0.5, 5];

    private readonly TestGroup _group = new(options => options.Dashboard = true);
    private readonly TestCollector _parent;
    private readonly History _history = new(maxColumns: 200);
    private readonly HistorySampler _sampler;

    public WorkerColumnsTests()
    {
        _group.Clock.Passed = TimeSpan.FromSeconds(1);
        _parent = new TestCollector(clock: _group.Clock);
        _sampler = new(_parent.Collector, _history, new SeriesBudget(5_000), ObserverGuard.Of(_group.Log), _group.Sources);
    }

    public void Dispose()
    {
        _sampler.Dispose();
        _parent.Dispose();
    }

    [Fact]
    public void Charts_show_the_sum_of_all_workers_and_of_the_parent()
    {
        using var one = _group.Start(1);
        using var two = _group.Start(2);
        Record(one.Meter, 0.03, times: 10);
        Record(two.Meter, 0.03, times: 20);
        Record(two.Meter, 3, times: 1, route: "/b");
        Rejected(one.Meter).Add(3, Tag("reason", "x"));
        Rejected(_parent.Meter).Add(4, Tag("reason", "x"));
        _sampler.Sample(1, 1, 0);
        var values = Values(1);
        Assert.Equal((30, 1), (values["requests GET /a 200"], values["requests GET /b 200"]));
        Assert.Equal((30, 1), (values["heat 0.05"], values["heat 5"]));
        Assert.InRange(values["latency p50"], 0.025, 0.05);
        Assert.Equal(7, values["rejected x"]);

        Record(one.Meter, 0.03, times: 5);
        _sampler.Sample(2, 1, 0);
        Assert.Equal((5, 0), (Values(2)["requests GET /a 200"], Values(2)["rejected x"]));
        Assert.Empty(_group.Log.Entries);
    }

    [Fact]
    public void What_a_worker_counted_before_its_death_is_counted_and_the_next_one_starts_from_zero()
    {
        using var one = _group.Start(1);
        var two = _group.Start(2);
        Record(two.Meter, 0.03, times: 10);
        _sampler.Sample(1, 1, 0);
        Record(two.Meter, 0.03, times: 7);
        two.Kill();
        using var next = _group.Start(2);
        Record(next.Meter, 0.03, times: 2);
        _sampler.Sample(2, 1, 0);
        Assert.Equal((10, 9), (Values(1)["requests GET /a 200"], Values(2)["requests GET /a 200"]));
        _sampler.Sample(3, 1, 0);
        Assert.Equal(0, Values(3)["requests GET /a 200"]);
        Assert.Equal([(1, 0), (2, 1)], _sampler.Workers.Select(worker => (worker.Number, worker.Restarts)));
    }

    [Fact]
    public void Native_histograms_of_workers_have_quantiles()
    {
        static void Native(MetricsOptions options) => options.NativeHistograms["http.server.request.duration"] =
            new NativeHistogramOptions { ClassicBuckets = false };
        using var one = _group.Start(1, Native);
        using var two = _group.Start(2, Native);
        Record(one.Meter, 0.03, times: 10);
        Record(two.Meter, 0.03, times: 10);
        _sampler.Sample(1, 1, 0);
        Assert.Equal(20, Values(1)["requests GET /a 200"]);
        Assert.InRange(Values(1)["latency p50"], 0.027, 0.033);
    }

    [Fact]
    public void Figures_of_processes_are_added_while_workers_tell_them_and_the_list_says_who_does_not()
    {
        using var one = _group.Start(1);
        var two = _group.Start(2);
        using var first = Sampler(one);
        using var second = Sampler(two);
        _sampler.Sample(1, 1, connections: 1);
        Assert.Equal(["starting", "starting"], _sampler.Workers.Select(worker => worker.State));
        first.Sample(1, 1, connections: 5);
        second.Sample(1, 1, connections: 7);
        _sampler.Sample(2, 1, connections: 1);
        Assert.Equal(13, Values(2)["connections open"]);
        Assert.True(Values(2)["memory resident"] > 2.5 * Environment.WorkingSet);
        Assert.Equal([("running", 5d), ("running", 7d)], _sampler.Workers.Select(worker => (worker.State, worker.Connections)));
        Assert.All(_sampler.Workers, worker => Assert.True(worker.Resident > 1_000_000));

        _group.Clock.Passed += TimeSpan.FromSeconds(4);
        second.Sample(2, 1, connections: 6);
        _sampler.Sample(3, 1, connections: 1);
        Assert.Equal(7, Values(3)["connections open"]);
        Assert.Equal(["not answering", "running"], _sampler.Workers.Select(worker => worker.State));
        two.Kill();
        _sampler.Sample(4, 1, connections: 1);
        Assert.Equal(["not answering", "not running"], _sampler.Workers.Select(worker => worker.State));
        Assert.Equal(1, Values(4)["connections open"]);
    }

    [Fact]
    public void A_worker_that_writes_nonsense_spoils_neither_the_charts_of_others_nor_the_parent()
    {
        using var one = _group.Start(1);
        using var two = _group.Start(2);
        Record(one.Meter, 0.03, times: 10);
        two.Collector.Segment!.WriteFigures(_group.Clock.GetTimestamp(), [double.NaN, -5, double.PositiveInfinity, 1, 1, 1, 1, 1, 1, 1]);
        _sampler.Sample(1, 1, connections: 1);
        Assert.Equal((10, 1), (Values(1)["requests GET /a 200"], Values(1)["connections open"]));
        Assert.True(float.IsFinite(Values(1)["memory resident"]));
    }

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value);

    private static Counter<long> Rejected(Meter meter) => meter.CreateCounter<long>("tinyhost.requests.rejected");

    private static void Record(Meter meter, double value, int times, string route = "/a")
    {
        var requests = meter.CreateHistogram<double>(
            "http.server.request.duration", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = s_bounds });
        for (var i = 0; i < times; i++)
        {
            requests.Record(value, Tag("http.request.method", "GET"), Tag("http.route", route), Tag("http.response.status_code", 200));
        }
    }

    private static HistorySampler Sampler(TestWorker worker) => new(
        worker.Collector, new History(maxColumns: 50), new SeriesBudget(1_000), new ObserverGuard(null));

    private Dictionary<string, float> Values(long second) => _history.Columns
        .Select((column, index) => (Key: $"{column.Chart.Id} {column.Name}", Value: _history.Read(index, second)))
        .ToDictionary(value => value.Key, value => value.Value);
}
