using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

public sealed class AllocationTests
{
    private static readonly object s_status = 200;

    [Fact]
    public void Recording_with_tags_seen_before_allocates_nothing()
    {
        using var test = new TestCollector();
        var histogram = test.Meter.CreateHistogram<double>("h", "s");
        var counter = test.Meter.CreateCounter<long>("c");
        var gauge = test.Meter.CreateGauge<double>("g");
        var method = "GET";

        void Record()
        {
            histogram.Record(
                0.1, new("http.request.method", method), new("http.response.status_code", s_status), new("url.scheme", "http"));
            histogram.Record(
                0.1, new("url.scheme", "http"), new("http.response.status_code", s_status), new("http.request.method", method));
            histogram.Record(0.1, new TagList { { "http.request.method", method }, { "http.response.status_code", s_status } });
            counter.Add(1, new KeyValuePair<string, object?>("http.request.method", method));
            gauge.Record(2);
        }

        Assert.Equal(0, AllocatedBy(Record));
    }

    [Fact]
    public void Recording_into_existing_native_buckets_allocates_nothing()
    {
        using var test = new TestCollector(
            configure: options => options.NativeHistograms["*"] = new NativeHistogramOptions { MaxBuckets = 20 });
        var histogram = test.Meter.CreateHistogram<double>("h", "s");
        var method = "GET";
        Assert.Equal(0, AllocatedBy(() =>
        {
            for (var i = -100; i < 100; i++)
            {
                histogram.Record(i, new KeyValuePair<string, object?>("http.request.method", method));
            }
        }));
    }

    [Fact]
    public void Recording_above_the_limit_allocates_nothing()
    {
        using var test = new TestCollector(limit: 1);
        var counter = test.Meter.CreateCounter<long>("c");
        object[] values = [.. Enumerable.Range(0, 100).Select(i => (object)i)];
        Assert.Equal(0, AllocatedBy(() =>
        {
            foreach (var value in values)
            {
                counter.Add(1, new KeyValuePair<string, object?>("i", value));
            }
        }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Writing_an_exposition_allocates_nothing(bool protobuf)
    {
        ExpositionFormat format = protobuf ? ProtobufFormat.In(EscapingScheme.Underscores) : TextFormat.Instance;
        using var test = new TestCollector(configure: options =>
        {
            options.NativeHistograms["native"] = new NativeHistogramOptions();
            options.NativeHistograms["native.large"] = new NativeHistogramOptions { BucketFactor = 1.001, MaxBuckets = 1_000 };
        });
        test.Meter.CreateHistogram<double>("h", "s").Record(0.123, new KeyValuePair<string, object?>("a", "b"));
        foreach (var histogram in (Histogram<double>[])[
            test.Meter.CreateHistogram<double>("native", "s"), test.Meter.CreateHistogram<double>("native.large", "s")])
        {
            for (var i = -500; i < 500; i++)
            {
                histogram.Record(i);
            }
        }

        test.Meter.CreateCounter<double>("c").Add(1.5);
        test.Meter.CreateGauge<double>("g").Record(double.NaN);
        var families = test.Collect();
        var expositions = new Queue<Exposition>(Enumerable.Range(0, 200).Select(_ => new Exposition(format, families)));
        var output = new ArrayBufferWriter<byte>(65_536);
        Assert.Equal(0, AllocatedBy(() =>
        {
            expositions.Dequeue().Write(output, int.MaxValue);
            output.ResetWrittenCount();
        }));
    }

    /// <summary>Bytes allocated by the last of many runs: the first runs fill caches, and tiered compilation may allocate.</summary>
    private static long AllocatedBy(Action action)
    {
        for (var i = 0; i < 100; i++)
        {
            action();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
