// Owns: which measurements a test server keeps, and how they are read.

using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using TinyHost.Tests.Support;

namespace TinyHost.Testing.Tests;

public sealed class CapturedMetricsTests : IDisposable
{
    private readonly Meter _meter = new("Static");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _meter.Dispose();

    [Fact]
    public async Task Measurements_on_a_shared_meter_belong_to_the_server_whose_request_made_them()
    {
        var cups = _meter.CreateCounter<int>("cups");
        await using var first = TestServer.Start(Count);
        await using var second = TestServer.Start(Count);
        cups.Add(100);
        await first.Client.GetAsync("/?3", Cancellation);
        await second.Client.GetAsync("/?4", Cancellation);
        await second.Client.GetAsync("/?5", Cancellation);
        Assert.Equal((3, 9), (first.Metrics.Sum("cups"), second.Metrics.Sum("cups")));
        Assert.Equal((1, 2), (first.Metrics.Count("cups"), second.Metrics.Count("cups")));
        Assert.Equal([4, 5], second.Metrics.Values("cups"));
        Assert.Equal(2, second.Metrics.Count("http.server.request.duration"));

        Task Count(RequestContext context)
        {
            var amount = context.Request.RawQuery[^1] - '0';
            // Work that the handler starts counts, too.
            return Task.Run(() => cups.Add(amount), Cancellation);
        }
    }

    [Fact]
    public async Task Tags_select_measurements_and_compare_as_text()
    {
        var histogram = _meter.CreateHistogram<double>("size");
        await using var app = TestServer.Start(_ =>
        {
            histogram.Record(1.5, new("kind", "tea"), new("sugar", 2));
            histogram.Record(2.5, new KeyValuePair<string, object?>("kind", "mate"));
            return Task.CompletedTask;
        });
        await app.Client.GetAsync("/", Cancellation);
        Assert.Equal([1.5, 2.5], app.Metrics.Values("size"));
        Assert.Equal([1.5], app.Metrics.Values("size", ("kind", "tea"), ("sugar", 2L)));
        Assert.Equal(0, app.Metrics.Count("size", ("kind", "coffee")));
        Assert.Equal(0, app.Metrics.Count("size", ("milk", null)));
    }

    [Fact]
    public async Task The_value_is_a_counters_total_a_gauges_last_and_an_observable_instruments_present_one()
    {
        var (counter, gauge) = (_meter.CreateUpDownCounter<long>("guests"), _meter.CreateGauge<double>("heat"));
        var histogram = _meter.CreateHistogram<double>("pause");
        var water = 7;
        _meter.CreateObservableGauge("water", () => water);
        await using var app = TestServer.Start(_ =>
        {
            counter.Add(3);
            counter.Add(-1);
            gauge.Record(90);
            gauge.Record(80);
            histogram.Record(1);
            return Task.CompletedTask;
        });
        await app.Client.GetAsync("/", Cancellation);
        Assert.Equal((2, 80, 7), (app.Metrics.Value("guests"), app.Metrics.Value("heat"), app.Metrics.Value("water")));
        water = 6;
        Assert.Equal(6, app.Metrics.Value("water"));
        Assert.Contains("read Count, Sum or Values", Message("pause"), StringComparison.Ordinal);
        Assert.StartsWith("'gests' has no value. The instruments with values are: ", Message("gests"), StringComparison.Ordinal);
        Assert.Contains(", guests, heat,", Message("gests"), StringComparison.Ordinal);

        string Message(string instrument) => Assert.Throws<InvalidOperationException>(() => app.Metrics.Value(instrument)).Message;
    }

    [Fact]
    public async Task Every_measurement_of_a_meter_of_the_services_counts_and_none_of_other_services()
    {
        await using var app = TestServer.Start(pipeline => pipeline.Run(_ => Task.CompletedTask));
        await using var others = new ServiceCollection().AddMetrics().BuildServiceProvider();
        app.Services.GetRequiredService<IMeterFactory>().Create("Own").CreateCounter<byte>("own").Add(1);
        others.GetRequiredService<IMeterFactory>().Create("Own").CreateCounter<byte>("own").Add(1);
        Assert.Equal(1, app.Metrics.Count("own"));
        Assert.Equal(1, app.Metrics.Value("own"));
    }

    [Fact]
    public async Task A_test_can_wait_until_what_a_handler_does_last_is_measured()
    {
        var (go, last) = (new TaskCompletionSource(), _meter.CreateCounter<int>("last"));
        await using var app = TestServer.Start(async context =>
        {
            context.Response.ContentLength = 2;
            await context.Response.WriteAsync("ok"u8.ToArray());
            await context.Response.FlushAsync();
            await go.Task;
            last.Add(1);
        });
        Assert.Equal("ok", await app.Client.GetStringAsync("/", Cancellation));
        var idle = app.IdleAsync(Cancellation);
        Assert.False(idle.IsCompleted);
        Assert.Equal(0, app.Metrics.Count("last"));
        go.SetResult();
        await idle.WaitAsync(TestTimeout.Long, Cancellation);
        Assert.Equal((1, 1), (app.Metrics.Count("last"), app.Metrics.Count("http.server.request.duration")));
    }
}
