// Owns: tests of the metrics of several workers as one exposition.

using System.Diagnostics;
using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Workers;

[Collection(ServersAlone.Name)]
public sealed class WorkerSumsTests
{
    private static readonly KeyValuePair<string, object?> s_euro = new("currency", "EUR");

    [Fact]
    public async Task Each_series_has_the_label_worker()
    {
        var group = new TestGroup();
        using var one = group.Start(1);
        using var two = group.Start(2);
        one.Meter.CreateCounter<long>("orders").Add(3, s_euro);
        two.Meter.CreateCounter<long>("orders").Add(4, s_euro);

        Assert.Equal(
            ["orders_total{currency=\"EUR\",worker=\"1\"} 3", "orders_total{currency=\"EUR\",worker=\"2\"} 4"],
            (await group.SamplesAsync()).Order());
    }

    [Fact]
    public async Task Aggregated_counters_are_exact_sums()
    {
        var group = new TestGroup();
        using var one = group.Start(1);
        using var two = group.Start(2);
        one.Meter.CreateCounter<long>("orders").Add((1L << 53) + 1);
        two.Meter.CreateCounter<long>("orders").Add(2);
        two.Meter.CreateCounter<double>("weight").Add(0.5);

        Assert.Equal(["orders_total 9007199254740996", "weight_total 0.5"], await group.SamplesAsync(aggregate: true));
    }

    [Fact]
    public async Task Aggregated_histograms_are_exact_sums()
    {
        var group = new TestGroup();
        using var one = group.Start(1);
        using var two = group.Start(2);
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] };
        var first = one.Meter.CreateHistogram("wait", "s", advice: advice);
        var second = two.Meter.CreateHistogram("wait", "s", advice: advice);
        first.Record(0.5);
        first.Record(1.5);
        second.Record(1.25);
        second.Record(3);

        Assert.Equal(
            [
                "wait_seconds_bucket{le=\"1\"} 1", "wait_seconds_bucket{le=\"2\"} 3", "wait_seconds_bucket{le=\"+Inf\"} 4",
                "wait_seconds_sum 6.25", "wait_seconds_count 4",
            ],
            await group.SamplesAsync(aggregate: true));
    }

    [Fact]
    public async Task What_a_killed_worker_counted_after_the_last_scrape_stays()
    {
        var group = new TestGroup();
        using var one = group.Start(1);
        var two = group.Start(2);
        one.Meter.CreateCounter<long>("orders").Add(1);
        var orders = two.Meter.CreateCounter<long>("orders");
        orders.Add(10);
        await group.TextAsync();
        orders.Add(5, s_euro);
        orders.Add(5);
        two.Kill();

        Assert.Equal(["orders_total 16", "orders_total{currency=\"EUR\"} 5"], (await group.SamplesAsync(aggregate: true)).Order());
        Assert.Contains("orders_total{worker=\"2\"} 15", await group.SamplesAsync());
    }

    [Fact]
    public async Task A_replaced_worker_goes_on_where_the_earlier_one_was()
    {
        var group = new TestGroup();
        var seen = 0L;
        for (var i = 0; i < 20; i++)
        {
            var old = group.Start(1);
            old.Meter.CreateCounter<long>("orders").Add(5);
            old.Meter.CreateHistogram<double>("wait", "s").Record(0.01);
            using var next = group.Start(1);
            next.Meter.CreateCounter<long>("orders").Add(1);
            await Grows();
            old.Kill();
            await Grows();
            next.Kill();
            await Grows();
        }

        Assert.Equal(120, seen);
        Assert.Contains("wait_seconds_count{worker=\"1\"} 20", await group.SamplesAsync());

        async Task Grows()
        {
            var now = long.Parse(
                Assert.Single(await group.SamplesAsync(), line => line.StartsWith("orders_total", StringComparison.Ordinal)).Split(' ')[1],
                System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(now >= seen);
            seen = now;
        }
    }

    [Fact]
    public async Task Gauges_of_a_worker_that_ended_are_gone()
    {
        var group = new TestGroup();
        using var one = group.Start(1);
        var two = group.Start(2);
        one.Meter.CreateUpDownCounter<long>("active").Add(2);
        two.Meter.CreateUpDownCounter<long>("active").Add(5);
        two.Meter.CreateGauge<long>("depth").Record(7);
        Assert.Equal(["active 7", "depth 7"], await group.SamplesAsync(aggregate: true));

        two.Kill();
        Assert.Equal(["active 2"], await group.SamplesAsync(aggregate: true));
    }

    [Fact]
    public async Task Observed_counters_of_a_worker_that_ended_stay_as_last_told()
    {
        var group = new TestGroup();
        var one = group.Start(1);
        one.Meter.CreateObservableCounter("bytes", () => 12L);
        Assert.Equal(["bytes_total{worker=\"1\"} 12"], await group.SamplesAsync());
        one.Kill();
        using var next = group.Start(1);
        next.Meter.CreateObservableCounter("bytes", () => 3L);
        Assert.Equal(["bytes_total{worker=\"1\"} 15"], await group.SamplesAsync());
    }

    [Fact]
    public async Task Observed_counters_that_fail_end_or_start_again_do_not_go_back()
    {
        var group = new TestGroup();
        using var one = group.Start(1);
        using var two = group.Start(2);
        Func<IEnumerable<Measurement<long>>> observed = () => [new(12)];
        one.Meter.CreateObservableCounter("bytes", () => observed());
        two.Meter.CreateObservableCounter("bytes", () => 100L);
        await Check(112);
        observed = () => throw new InvalidOperationException("expected");
        await Check(112);
        observed = () => [];
        await Check(112);
        observed = () => [new(13)];
        await Check(113);
        observed = () => [new(2)];
        await Check(115);
        one.Kill();
        await Check(115);

        async Task Check(int sum) => Assert.Equal([$"bytes_total {sum}"], await group.SamplesAsync(aggregate: true));
    }

    [Fact]
    public async Task A_worker_that_does_not_answer_is_named_and_keeps_its_counters()
    {
        var exporter = new StandInExporter("# TYPE files gauge\nfiles 3\n# TYPE reads counter\nreads 4\n");
        var group = new TestGroup(options => options.Exporters.Add(exporter));
        using var one = group.Start(1, options => options.Exporters.Add(exporter));
        var orders = one.Meter.CreateCounter<long>("orders");
        one.Meter.CreateGauge<long>("depth").Record(7);
        one.Meter.CreateObservableCounter("bytes", () => 12L);
        orders.Add(1);
        var text = await group.TextAsync();
        Assert.Contains("tinyhost_worker_up{worker=\"1\"} 1\n", text);
        Assert.Contains("depth{worker=\"1\"} 7\n", text);

        one.IsAnswering = false;
        orders.Add(1);
        text = await group.TextAsync();
        Assert.Contains("tinyhost_worker_up{worker=\"1\"} 0\n", text);
        Assert.Contains("orders_total{worker=\"1\"} 2\n", text);
        Assert.Contains("bytes_total{worker=\"1\"} 12\n", text);
        Assert.DoesNotContain("depth", text);
        Assert.Equal("# TYPE reads counter\nreads{worker=\"1\"} 4\n", await group.ExportedAsync());

        one.IsAnswering = true;
        text = await group.TextAsync();
        Assert.Contains("tinyhost_worker_up{worker=\"1\"} 1\n", text);
        Assert.Contains("depth{worker=\"1\"} 7\n", text);
    }

    [Fact]
    public async Task A_worker_of_another_version_is_left_out_and_reported_once()
    {
        var group = new TestGroup();
        using var one = group.Start(1);
        using var two = group.Start(2);
        one.Meter.CreateCounter<long>("orders").Add(1);
        two.Meter.CreateCounter<long>("orders").Add(2);
        using (var memory = new MappedMemory(one.Memory, SharedFormat.SegmentLength))
        {
            memory.WordAt(0)++;
        }

        for (var scrape = 0; scrape < 2; scrape++)
        {
            var text = await group.TextAsync();
            Assert.Contains("tinyhost_worker_up{worker=\"1\"} 0\n", text);
            Assert.Contains("tinyhost_worker_up{worker=\"2\"} 1\n", text);
            Assert.DoesNotContain("orders_total{worker=\"1\"}", text);
            Assert.Contains("orders_total{worker=\"2\"} 2\n", text);
        }

        Assert.Single(group.Log.Entries, entry => entry.Message.EndsWith(
            "restart the parent. This is logged once for each process.", StringComparison.Ordinal));
        one.Kill();
        using var next = group.Start(1);
        next.Meter.CreateCounter<long>("orders").Add(4);
        Assert.Contains("orders_total{worker=\"1\"} 4\n", await group.TextAsync());
    }

    [Fact]
    public async Task Workers_may_have_different_families()
    {
        var group = new TestGroup();
        using var one = group.Start(1);
        using var two = group.Start(2);
        one.Meter.CreateCounter<long>("a").Add(1);
        two.Meter.CreateCounter<long>("b").Add(1);
        Assert.Equal(["a_total{worker=\"1\"} 1", "b_total{worker=\"2\"} 1"], await group.SamplesAsync());
    }

    [Fact]
    public async Task A_family_whose_type_differs_is_that_of_the_worker_started_last()
    {
        var group = new TestGroup();
        using var one = group.Start(1);
        using var two = group.Start(2);
        one.Meter.CreateGauge<long>("jobs_total").Record(9);
        two.Meter.CreateCounter<long>("jobs").Add(1);
        Assert.Equal(["jobs_total 1"], await group.SamplesAsync(aggregate: true));
        await group.SamplesAsync(aggregate: true);
        Assert.Single(group.Log.Entries, entry => entry.Message.StartsWith("Family jobs_total", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_family_with_the_name_of_anothers_sample_is_left_out()
    {
        var group = new TestGroup();
        using var one = group.Start(1);
        using var two = group.Start(2);
        one.Meter.CreateHistogram<double>("wait").Record(1);
        two.Meter.CreateGauge<long>("wait_count").Record(9);
        var samples = await group.SamplesAsync(aggregate: true);
        Assert.Equal("wait_count 1", samples[^1]);
        Assert.Single(group.Log.Entries, entry => entry.Message.StartsWith("Family wait_count", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Histograms_with_other_bounds_show_the_bounds_that_all_living_workers_have()
    {
        var group = new TestGroup();
        var one = group.Start(1, options => options.Buckets["wait"] = [1, 2, 4]);
        var two = group.Start(2, options => options.Buckets["wait"] = [1, 3, 4]);
        Record(one, 0.5, 1.5, 3.5, 9);
        Record(two, 0.5, 2.5);
        Assert.Equal(["1 2", "4 5", "+Inf 6"], await BucketsAsync());

        one.Kill();
        Assert.Equal(["1 2", "3 4", "4 5", "+Inf 6"], await BucketsAsync());
        two.Kill();

        static void Record(TestWorker worker, params double[] values)
        {
            var wait = worker.Meter.CreateHistogram<double>("wait");
            Array.ForEach(values, value => wait.Record(value));
        }

        async Task<string[]> BucketsAsync() =>
            [.. (await group.SamplesAsync(aggregate: true)).Where(line => line.StartsWith("wait_bucket", StringComparison.Ordinal))
                .Select(line => line["wait_bucket{le=\"".Length..].Replace("\"}", "", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task A_removed_series_is_exposed_as_long_as_another_worker_has_it()
    {
        var group = new TestGroup();
        using var one = group.Start(1);
        using var two = group.Start(2);
        var first = one.Meter.CreateCounter<long>("orders");
        var second = two.Meter.CreateCounter<long>("orders");
        first.Add(1, s_euro);
        second.Add(2, s_euro);
        PrometheusMetrics.RemoveSeries(first, s_euro);
        Assert.Equal(["orders_total{currency=\"EUR\"} 3"], await group.SamplesAsync(aggregate: true));
        Assert.Equal(["orders_total{currency=\"EUR\",worker=\"2\"} 2"], await group.SamplesAsync());

        PrometheusMetrics.RemoveSeries(second, s_euro);
        Assert.Empty(await group.SamplesAsync(aggregate: true));
        first.Add(1, s_euro);
        Assert.Equal(["orders_total{currency=\"EUR\"} 4"], await group.SamplesAsync(aggregate: true));
    }

    [Fact]
    public async Task A_label_worker_of_the_application_is_renamed()
    {
        var group = new TestGroup();
        using var one = group.Start(1);
        one.Meter.CreateCounter<long>("jobs").Add(1, new KeyValuePair<string, object?>("worker", "bee"));
        Assert.Equal(["jobs_total{exported_worker=\"bee\",worker=\"1\"} 1"], await group.SamplesAsync());
        Assert.Equal(["jobs_total{worker=\"bee\"} 1"], await group.SamplesAsync(aggregate: true));
    }

    [Theory]
    [InlineData("depth", null, "depth 12")]
    [InlineData("boot_time_seconds", null, "boot_time_seconds 9")]
    [InlineData("tinyhost_health_status", null, "tinyhost_health_status 3")]
    [InlineData("tinyhost_file_last_reload_successful", null, "tinyhost_file_last_reload_successful 3")]
    [InlineData("tinyhost_tls_certificate_expiry_seconds", null, "tinyhost_tls_certificate_expiry_seconds 3")]
    [InlineData("depth", GaugeAggregation.Max, "depth 9")]
    [InlineData("depth", GaugeAggregation.Min, "depth 3")]
    [InlineData("depth", GaugeAggregation.Latest, "depth 3")]
    public async Task Gauges_are_added_up_by_the_rule_of_their_family(string name, GaugeAggregation? rule, string sample)
    {
        var group = new TestGroup(options =>
        {
            if (rule is { } chosen)
            {
                options.GaugeAggregations[name] = chosen;
            }
        });
        using var one = group.Start(1);
        using var two = group.Start(2);
        one.Meter.CreateGauge<long>(name).Record(9);
        two.Meter.CreateGauge<long>(name).Record(3);
        Assert.Equal([sample], await group.SamplesAsync(aggregate: true));
    }

    [Fact]
    public async Task The_earliest_creation_and_the_latest_exemplar_count()
    {
        var group = new TestGroup();
        using var one = group.Start(1);
        using var two = group.Start(2);
        using var source = new ActivitySource("test");
        using var listener = new ActivityListener
        {
            ShouldListenTo = listened => listened.Name == "test",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using var span = source.StartActivity("span");
        one.Meter.CreateCounter<long>("orders").Add(1);
        group.Clock.Passed = TimeSpan.FromSeconds(10);
        two.Meter.CreateCounter<long>("orders").Add(2);

        var text = await group.TextAsync(aggregate: true, OpenMetrics2Format.In(EscapingScheme.AllowUtf8));
        Assert.Contains(
            $"orders_total 3 st@1700000000.5 # {{trace_id=\"{span!.TraceId}\",span_id=\"{span.SpanId}\"}} 2 1700000010.5", text);
    }

    [Fact]
    public async Task Native_histograms_are_added_up_at_the_lower_resolution()
    {
        var group = new TestGroup();
        var one = group.Start(1, options => options.NativeHistograms["wait"] = new() { BucketFactor = 1.1 });
        using var two = group.Start(2, options => options.NativeHistograms["wait"] = new() { BucketFactor = 2 });
        var first = one.Meter.CreateHistogram<double>("wait");
        var second = two.Meter.CreateHistogram<double>("wait");
        foreach (var value in new[] { 1, 1.05, 3, -4, 0 })
        {
            first.Record(value);
        }

        second.Record(3);
        await Check();
        one.Kill();
        await Check();

        async Task Check()
        {
            var text = await group.TextAsync(aggregate: true, OpenMetrics2Format.In(EscapingScheme.AllowUtf8));
            Assert.Contains("wait {count:6,sum:4.05,schema:0,", text);
            Assert.Contains(
                "zero_count:1,negative_spans:[2:1],negative_buckets:[1],positive_spans:[0:3],positive_buckets:[1,1,2]", text);
        }
    }

    [Fact]
    public async Task Families_about_workers_count_restarts()
    {
        var group = new TestGroup();
        group.Start(1).Kill();
        using var next = group.Start(1);
        var text = await group.TextAsync(aggregate: true);
        Assert.Contains("tinyhost_worker_restarts_total{worker=\"1\"} 1", text);
        Assert.Contains("tinyhost_worker_start_time_seconds{worker=\"1\"} 1700000000.5", text);
        Assert.Contains("tinyhost_worker_unshared_series_total{worker=\"1\"} 0", text);
    }

    [Fact]
    public async Task The_parents_own_families_are_those_of_worker_parent()
    {
        var group = new TestGroup();
        using var test = new TestCollector();
        using var one = group.Start(1);
        test.Meter.CreateCounter<long>("orders").Add(1);
        one.Meter.CreateCounter<long>("orders").Add(2);
        var labelled = TestCollector.Text(await group.CollectAsync(own: test.Collect()));
        Assert.Contains("orders_total{worker=\"parent\"} 1\n", labelled);
        Assert.Contains("orders_total{worker=\"1\"} 2\n", labelled);
        Assert.Contains("orders_total 3\n", TestCollector.Text(await group.CollectAsync(aggregate: true, own: test.Collect())));
    }
}
