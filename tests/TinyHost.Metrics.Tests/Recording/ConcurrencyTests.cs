using System.Globalization;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

public sealed class ConcurrencyTests
{
    private const int Threads = 4;
    private const int Rounds = 20_000;

    [Fact]
    public async Task Recording_from_many_threads_while_collecting_loses_nothing()
    {
        using var test = new TestCollector();
        var whole = test.Meter.CreateCounter<long>("whole");
        var fractions = test.Meter.CreateCounter<double>("fractions");
        var upDown = test.Meter.CreateUpDownCounter<int>("updown");
        var histogram = test.Meter.CreateHistogram<double>("histogram", "s");

        await RecordAsync(test, (_, i) =>
        {
            var tag = new KeyValuePair<string, object?>("t", i % 3);
            whole.Add(1, tag);
            fractions.Add(0.5, tag);
            upDown.Add(i % 2 == 0 ? 2 : -1);
            histogram.Record(0.25, tag);
        });

        var samples = test.Samples();
        Assert.Equal(Threads * Rounds, Sum(samples, "whole_total{"));
        Assert.Equal(Threads * Rounds * 0.5, Sum(samples, "fractions_total{"));
        Assert.Equal(Threads * Rounds / 2, Sum(samples, "updown "));
        Assert.Equal(Threads * Rounds, Sum(samples, "histogram_seconds_count{"));
        Assert.Equal(Threads * Rounds * 0.25, Sum(samples, "histogram_seconds_sum{"));
    }

    [Fact]
    public async Task New_tag_sets_from_many_threads_create_each_series_once()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("a");
        await RecordAsync(test, (thread, i) => counter.Add(1, new("x", i % 500), new("y", (i + thread) % 2)));
        var samples = test.Samples();
        Assert.Equal(Threads * Rounds, Sum(samples, "a_total{"));
        Assert.Equal(samples.Length, samples.Select(sample => sample[..sample.IndexOf('}', StringComparison.Ordinal)]).Distinct().Count());
    }

    [Fact]
    public async Task Every_exposition_is_consistent_and_no_counter_goes_back()
    {
        using var test = new TestCollector();
        var histogram = test.Meter.CreateHistogram<double>("h", "s");
        var counter = test.Meter.CreateCounter<long>("c");
        double lastCount = 0;
        double lastCounter = 0;
        await RecordAsync(
            test,
            (_, i) =>
            {
                counter.Add(1);
                // The sum of ones is exact, so it equals the count.
                histogram.Record(1);
            },
            samples =>
            {
                var count = Sum(samples, "h_seconds_count ");
                Assert.Equal(count, Sum(samples, "h_seconds_bucket{le=\"+Inf\"}"));
                Assert.Equal(count, Sum(samples, "h_seconds_bucket{le=\"1\"}"));
                Assert.Equal(count, Sum(samples, "h_seconds_sum "));
                Assert.True(count >= lastCount);
                lastCount = count;
                var counted = Sum(samples, "c_total ");
                Assert.True(counted >= lastCounter);
                lastCounter = counted;
            });
    }

    [Fact]
    public async Task A_histogram_striped_during_recording_loses_nothing_and_stays_consistent()
    {
        using var test = new TestCollector();
        var histogram = test.Meter.CreateHistogram<double>("h", "s");
        histogram.Record(1);
        var series = (HistogramSeries)Assert.Single(test.Collect()).Series[0]!;
        double lastCount = 0;
        await RecordAsync(
            test,
            (thread, i) =>
            {
                if (thread == 0 && i == Rounds / 4)
                {
                    series.Spread();
                }

                histogram.Record(1);
            },
            samples =>
            {
                var count = Sum(samples, "h_seconds_count ");
                Assert.Equal(count, Sum(samples, "h_seconds_bucket{le=\"+Inf\"}"));
                Assert.Equal(count, Sum(samples, "h_seconds_sum "));
                Assert.True(count >= lastCount);
                lastCount = count;
            });
        Assert.Equal((Threads * Rounds) + 1, Sum(test.Samples(), "h_seconds_count "));
    }

    [Fact]
    public async Task A_native_histogram_widened_during_a_read_stays_consistent_and_loses_nothing()
    {
        using var test = new TestCollector(
            configure: options => options.NativeHistograms["h"] = new NativeHistogramOptions { BucketFactor = 1.001, MaxBuckets = 40 });
        var histogram = test.Meter.CreateHistogram<double>("h");
        histogram.Record(1);
        ulong last = 0;
        void Check(string[] _)
        {
            var read = ReadNative.Only(test);
            Assert.Equal(read.Count, read.InBuckets);
            Assert.True(read.Count >= last);
            last = read.Count;
        }

        await RecordAsync(test, (thread, i) => histogram.Record(((thread % 2) - 0.5) * (1 + (i / 10))), Check);
        Check([]);
        Assert.Equal((ulong)((Threads * Rounds) + 1), last);
        var read = ReadNative.Only(test);
        Assert.Equal(1, read.Sum);
        Assert.Equal(read.Positive.Values.Sum(), read.Negative.Values.Sum() + 1);
        Assert.InRange(read.Positive.Count + read.Negative.Count, 2, 40);
    }

    [Fact]
    public async Task Meters_come_and_go_while_collecting()
    {
        using var test = new TestCollector();
        await RecordAsync(test, (thread, i) =>
        {
            if (i % 200 == 0)
            {
                using var meter = new System.Diagnostics.Metrics.Meter(test.MeterName);
                meter.CreateCounter<int>($"c{i % 7}").Add(1);
                meter.CreateObservableGauge($"g{i % 5}", () => 1);
            }
        });
        Assert.Empty(test.Samples());
        Assert.Empty(test.Log.Entries);
    }

    /// <summary>Records from several threads at once while the calling thread reads expositions.</summary>
    private static async Task RecordAsync(TestCollector test, Action<int, int> record, Action<string[]>? check = null)
    {
        using var together = new Barrier(Threads + 1);
        var recording = Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                for (var i = 0; i < Rounds; i++)
                {
                    record(thread, i);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        together.SignalAndWait();
        do
        {
            var samples = test.Samples();
            check?.Invoke(samples);
        }
        while (!recording.IsCompleted);
        await recording;
    }

    private static double Sum(string[] samples, string prefix) => samples
        .Where(sample => sample.StartsWith(prefix, StringComparison.Ordinal))
        .Sum(sample => double.Parse(sample[(sample.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
}
