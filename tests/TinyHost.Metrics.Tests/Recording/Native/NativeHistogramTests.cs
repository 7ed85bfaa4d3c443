using System.Diagnostics;
using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

public sealed class NativeHistogramTests
{
    private static TestCollector Collect(
        NativeHistogramOptions? native = null, SetClock? clock = null, Action<MetricsOptions>? configure = null) => new(
        configure: options =>
        {
            options.NativeHistograms["h"] = native ?? new NativeHistogramOptions();
            configure?.Invoke(options);
        },
        clock: clock);

    [Fact]
    public void Values_are_counted_in_buckets_that_grow_exponentially()
    {
        using var test = Collect();
        var histogram = test.Meter.CreateHistogram<double>("h");
        Record(histogram, 0, 1, 2, 3, 3, -4, -4.1, 1e-40);
        var read = ReadNative.Only(test);
        Assert.Equal(
            (8ul, 0.9, 3, Math.Pow(2, -128), 2ul), (read.Count, Math.Round(read.Sum, 9), read.Schema, read.ZeroThreshold, read.ZeroCount));
        Assert.Equal([new(0, 1), new(8, 1), new(13, 2)], read.Positive);
        Assert.Equal([new(16, 1), new(17, 1)], read.Negative);
    }

    [Fact]
    public void Non_finite_values_are_counted_and_make_the_sum_non_finite()
    {
        using var test = Collect();
        var histogram = test.Meter.CreateHistogram(
            "h", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        Record(histogram, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, 1);
        var read = ReadNative.Only(test);
        Assert.Equal((5ul, 4ul, double.NaN), (read.Count, read.InBuckets, read.Sum));
        Assert.Equal([new(0, 1), new(8_192, 1), new(8_193, 1)], read.Positive);
        Assert.Equal([new(8_193, 1)], read.Negative);
        Assert.Equal(
            ["""h_bucket{le="1"} 2""", """h_bucket{le="2"} 2""", """h_bucket{le="+Inf"} 5""", "h_sum NaN", "h_count 5"], test.Samples());
    }

    [Fact]
    public void A_histogram_of_zeros_is_still_a_native_histogram()
    {
        using var test = Collect(new NativeHistogramOptions { ClassicBuckets = false });
        test.Meter.CreateHistogram<double>("h").Record(0);
        var read = ReadNative.Only(test);
        Assert.Equal((1ul, 1ul, true), (read.Count, read.ZeroCount, read.ZeroThreshold > 0));
    }

    [Fact]
    public void Classic_buckets_are_kept_unless_turned_off()
    {
        using var test = Collect(
            configure: options => options.NativeHistograms["alone"] = new NativeHistogramOptions { ClassicBuckets = false });
        var advice = new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 10] };
        test.Meter.CreateHistogram("h", null, null, null, advice).Record(7);
        test.Meter.CreateHistogram("alone", null, null, null, advice).Record(7);
        test.Meter.CreateHistogram("neither", null, null, null, advice).Record(7);
        ProtobufMessage[] histograms = [.. TestCollector.Protobuf(test.Collect()).Select(
            family => Assert.Single(family.All("metric")).Get<ProtobufMessage>("histogram"))];
        Assert.Equal([0, 2, 2], histograms.Select(histogram => histogram.All("bucket").Length));
        Assert.Equal([true, true, false], histograms.Select(histogram => histogram.Has("schema")));
        Assert.Equal(
            [
                """alone_bucket{le="+Inf"} 1""", "alone_sum 7", "alone_count 1",
                """h_bucket{le="1"} 0""", """h_bucket{le="10"} 1""", """h_bucket{le="+Inf"} 1""", "h_sum 7", "h_count 1",
            ],
            test.Samples().Take(8));
    }

    [Fact]
    public void An_exemplar_goes_to_the_bucket_Inf_if_it_is_the_only_one()
    {
        using var test = Collect(new NativeHistogramOptions { ClassicBuckets = false }, new SetClock());
        var histogram = test.Meter.CreateHistogram<double>("h");
        histogram.Record(2);
        using var span = new Activity("span") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.SetIdFormat(
            ActivityIdFormat.W3C).Start();
        histogram.Record(1);
        histogram.Record(double.NaN);
        var bucket = Assert.Single(Assert.Single(Assert.Single(TestCollector.Protobuf(test.Collect())).All("metric")).Get<ProtobufMessage>(
            "histogram").All("bucket"));
        Assert.Equal((3ul, double.PositiveInfinity), (bucket.Get<ulong>("cumulative_count"), bucket.Get<double>("upper_bound")));
        Assert.Equal(1, bucket.Get<ProtobufMessage>("exemplar").Get<double>("value"));
    }

    [Fact]
    public void The_longest_matching_name_wins()
    {
        using var test = Collect(configure: options =>
        {
            options.NativeHistograms["A.*"] = new NativeHistogramOptions { BucketFactor = 2 };
            options.NativeHistograms["a.b.*"] = new NativeHistogramOptions { BucketFactor = 4 };
            options.NativeHistograms["a.b.c"] = new NativeHistogramOptions { BucketFactor = 16 };
        });
        foreach (var name in (string[])["a.a", "a.b.a", "a.b.c", "a.b.cc", "b"])
        {
            test.Meter.CreateHistogram<double>(name).Record(1);
        }

        test.Meter.CreateCounter<int>("a.counter").Add(1);
        Assert.Equal(
            [0L, -1, -2, -1, null],
            TestCollector.Protobuf(test.Collect()).Where(family => family.Get<ulong>("type") == 4)
                .Select(family => Assert.Single(family.All("metric")).Get<ProtobufMessage>("histogram")).Select(
                    histogram => histogram.Has("schema") ? histogram.Get<long>("schema") : (long?)null));
    }

    [Fact]
    public void Histograms_share_a_family_only_with_equal_native_options()
    {
        using var test = Collect(configure: options =>
        {
            options.NativeHistograms["a.b"] = new NativeHistogramOptions();
            options.NativeHistograms["a/b"] = new NativeHistogramOptions();
        });
        test.Meter.CreateHistogram<double>("a.b").Record(1);
        test.Meter.CreateHistogram<double>("a/b").Record(1);
        test.Meter.CreateHistogram<double>("a-b").Record(1);
        Assert.Equal(2ul, ReadNative.Only(test).Count);
        Assert.Contains("a/b of", test.Log.Entries[0].Message, StringComparison.Ordinal);
        Assert.Contains("a-b of", test.Log.Entries[1].Message, StringComparison.Ordinal);
        Assert.Equal(2, test.Log.Entries.Count);
    }

    [Fact]
    public void At_the_limit_buckets_are_merged_and_no_count_is_lost()
    {
        using var test = Collect(new NativeHistogramOptions { BucketFactor = 1.001, MaxBuckets = 20 });
        var histogram = test.Meter.CreateHistogram<double>("h");
        var schema = 8;
        for (var i = 1; i <= 10_000; i++)
        {
            var value = i % 2 == 0 ? i : -i / 7.0;
            histogram.Record(value);
            if (i % 100 == 0)
            {
                var read = ReadNative.Only(test);
                Assert.Equal((ulong)i, read.Count);
                Assert.Equal((ulong)i, read.InBuckets);
                Assert.InRange(read.Positive.Count + read.Negative.Count, 1, 20);
                Assert.True(read.Schema <= schema);
                schema = read.Schema;
            }
        }

        Assert.InRange(schema, -4, 3);
    }

    [Fact]
    public void At_the_limit_the_zero_bucket_is_widened_first_if_allowed()
    {
        using var test = Collect(new NativeHistogramOptions { BucketFactor = 2, MaxBuckets = 3, MaxZeroThreshold = 0.5 });
        var histogram = test.Meter.CreateHistogram<double>("h");
        Record(histogram, 0.25, -0.25, 1, 4);
        var read = ReadNative.Only(test);
        Assert.Equal((0, 0.25, 2ul), (read.Schema, read.ZeroThreshold, read.ZeroCount));
        Assert.Equal([new(0, 1), new(2, 1)], read.Positive);
        Assert.Empty(read.Negative);
        Record(histogram, -0.2, 16, 64);
        read = ReadNative.Only(test);
        Assert.Equal((-2, 0.25, 3ul), (read.Schema, read.ZeroThreshold, read.ZeroCount));
        Assert.Equal([new(0, 1), new(1, 2), new(2, 1)], read.Positive);
    }

    [Fact]
    public void The_coarsest_schema_may_exceed_the_limit()
    {
        using var test = Collect(new NativeHistogramOptions { MaxBuckets = 1 });
        var histogram = test.Meter.CreateHistogram<double>("h");
        for (var exponent = -1_074; exponent < 1_024; exponent++)
        {
            histogram.Record(Math.ScaleB(1, exponent));
            histogram.Record(-Math.ScaleB(1, exponent));
        }

        Record(histogram, double.PositiveInfinity, double.NegativeInfinity);
        var read = ReadNative.Only(test);
        Assert.Equal((-4, 146), (read.Schema, read.Positive.Count + read.Negative.Count));
        Assert.Equal(read.Count, read.InBuckets);
    }

    [Fact]
    public void At_the_limit_a_series_that_is_old_enough_is_reset()
    {
        var clock = new SetClock();
        using var test = Collect(
            new NativeHistogramOptions { BucketFactor = 2, MaxBuckets = 2, MinResetDuration = TimeSpan.FromMinutes(10) },
            clock,
            options => options.CreatedSamples = true);
        var histogram = test.Meter.CreateHistogram<double>("h", "s");
        Record(histogram, 1, 2);
        clock.Passed = TimeSpan.FromMinutes(10);
        histogram.Record(2);
        Assert.Equal(3ul, ReadNative.Only(test).Count);
        histogram.Record(4);
        var read = ReadNative.Only(test);
        Assert.Equal((1ul, 4, 0), (read.Count, read.Sum, read.Schema));
        Assert.Equal([new(2, 1)], read.Positive);
        var text = TestCollector.Text(test.Collect(), TextFormat.OpenMetrics(EscapingScheme.Underscores));
        Assert.Contains("h_seconds_bucket{le=\"2.5\"} 0\nh_seconds_bucket{le=\"5.0\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("h_seconds_created 1700000600.5\n", text, StringComparison.Ordinal);
        var created = Assert.Single(Assert.Single(TestCollector.Protobuf(test.Collect())).All("metric")).Get<ProtobufMessage>(
            "histogram").Get<ProtobufMessage>("created_timestamp");
        Assert.Equal(1_700_000_600ul, created.Get<ulong>("seconds"));
    }

    [Fact]
    public void A_reset_series_forgets_its_exemplars()
    {
        var clock = new SetClock();
        using var test = Collect(
            new NativeHistogramOptions { BucketFactor = 2, MaxBuckets = 2, MinResetDuration = TimeSpan.FromMinutes(10) }, clock);
        var histogram = test.Meter.CreateHistogram<double>("h");
        using (var span = new Activity("span").SetIdFormat(ActivityIdFormat.W3C))
        {
            span.ActivityTraceFlags = ActivityTraceFlags.Recorded;
            span.Start();
            Record(histogram, 1, 2);
        }

        Assert.Contains(
            "trace_id", TestCollector.Text(test.Collect(), TextFormat.OpenMetrics(EscapingScheme.Underscores)), StringComparison.Ordinal);
        clock.Passed = TimeSpan.FromMinutes(10);
        histogram.Record(4);
        Assert.DoesNotContain(
            "trace_id", TestCollector.Text(test.Collect(), TextFormat.OpenMetrics(EscapingScheme.Underscores)), StringComparison.Ordinal);
    }

    [Fact]
    public void Merged_buckets_regain_their_resolution_when_the_series_is_reset()
    {
        var clock = new SetClock();
        using var test = Collect(
            new NativeHistogramOptions { BucketFactor = 2, MaxBuckets = 2, MinResetDuration = TimeSpan.FromMinutes(10) }, clock);
        var histogram = test.Meter.CreateHistogram<double>("h");
        Record(histogram, 1, 2, 4);
        Assert.Equal((3ul, -1), (ReadNative.Only(test).Count, ReadNative.Only(test).Schema));
        clock.Passed = TimeSpan.FromMinutes(10);
        Assert.Equal(3ul, ReadNative.Only(test).Count);
        histogram.Record(1);
        Assert.Equal((1ul, 0), (ReadNative.Only(test).Count, ReadNative.Only(test).Schema));
    }

    [Fact]
    public void A_series_is_never_reset_if_resets_are_off()
    {
        var clock = new SetClock();
        using var test = Collect(new NativeHistogramOptions { BucketFactor = 2, MaxBuckets = 2, MinResetDuration = TimeSpan.Zero }, clock);
        var histogram = test.Meter.CreateHistogram<double>("h");
        for (var i = 0; i < 50; i++)
        {
            clock.Passed += TimeSpan.FromDays(100);
            histogram.Record(Math.Pow(2, i));
        }

        Assert.Equal(50ul, ReadNative.Only(test).Count);
    }

    private static void Record(Histogram<double> histogram, params double[] values) => Array.ForEach(values, histogram.Record);
}
