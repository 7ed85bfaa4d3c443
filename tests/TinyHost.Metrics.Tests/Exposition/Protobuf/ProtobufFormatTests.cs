using System.Diagnostics;
using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Expositions;

public sealed class ProtobufFormatTests
{
    [Theory]
    [InlineData("zoo.protobuf.txt", EscapingScheme.Underscores)]
    [InlineData("zoo.protobuf.utf8.txt", EscapingScheme.AllowUtf8)]
    internal void Every_kind_of_instrument_is_written_as_in_the_golden_file(string file, EscapingScheme escaping)
    {
        using var test = new TestCollector(configure: options => options.Resource["service.name"] = "zoo", clock: new SetClock());
        Zoo.Fill(test.Meter);
        MetricFamily[] families = [.. test.CollectTarget(), .. test.Collect()];
        var text = string.Join('\n', TestCollector.Protobuf(families, escaping).Select(family => family.Dump()))
            .Replace(test.MeterName, "Zoo", StringComparison.Ordinal).Replace('\0', '␀').Replace('\r', '␍');
        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Exposition", file)), text);
    }

    [Fact]
    public void Native_histograms_are_written_as_in_the_golden_file()
    {
        using var test = new TestCollector(configure: options =>
        {
            options.NativeHistograms["*"] = new NativeHistogramOptions();
            options.NativeHistograms["alone"] =
                new NativeHistogramOptions { BucketFactor = 2, MaxBuckets = 12, MaxZeroThreshold = 0.1, ClassicBuckets = false };
        }, clock: new SetClock());
        Zoo.Fill(test.Meter);
        var alone = test.Meter.CreateHistogram<double>("alone", "s", "With gaps of every kind.");
        foreach (var exponent in (int[])[-9, -8, 0, 0, 0, 1, 3, 3, 6, 6, 6, 10, 11, 20, 20, 1_024])
        {
            alone.Record(Math.ScaleB(1, exponent));
            alone.Record(-Math.ScaleB(1, exponent % 5));
        }

        var text = string.Join('\n', TestCollector.Protobuf(
            [.. test.Collect().Where(family => family.Type == FamilyType.Histogram)]).Select(family => family.Dump()));
        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Exposition", "zoo.native.txt")), text.Replace(
            test.MeterName, "Zoo", StringComparison.Ordinal));
    }

    [Fact]
    public void Random_registries_are_the_same_in_protobuf_and_in_text() =>
        RandomRegistry.ForEach(200, families =>
            Assert.Equal(TestCollector.Text(families), ProtobufText.Of(TestCollector.Protobuf(families))));

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1_000)]
    public void Pieces_of_any_length_make_the_same_bytes(int length)
    {
        using var test = new TestCollector();
        Zoo.Fill(test.Meter);
        var families = test.Collect();
        var format = ProtobufFormat.In(EscapingScheme.Underscores);
        Assert.Equal(TestCollector.Bytes(families, format), TestCollector.Bytes(families, format, length));
    }

    public static TheoryData<string, string, bool, string?> Units => new()
    {
        { "wait", "s", true, "seconds" },
        { "wait.seconds", "s", true, null },
        { "flow", "By/s", true, "bytes_per_second" },
        { "percent", "%", true, null },
        { "bytes", "By", false, null },
        { "disk.used.bytes", "By", false, null },
    };

    // Prometheus rejects the whole exposition if a unit is not a suffix of the name (model/textparse/protobufparse.go, Next).
    [Theory]
    [MemberData(nameof(Units))]
    public void A_unit_is_exposed_only_if_the_name_ends_in_it(string name, string unit, bool counter, string? inUtf8)
    {
        using var test = new TestCollector();
        if (counter)
        {
            test.Meter.CreateCounter<int>(name, unit).Add(1);
        }
        else
        {
            test.Meter.CreateGauge<int>(name, unit).Record(1);
        }

        foreach (var escaping in Enum.GetValues<EscapingScheme>())
        {
            var family = Assert.Single(TestCollector.Protobuf(test.Collect(), escaping));
            var ending = family.Get<string>("name");
            ending = counter && ending.EndsWith("_total", StringComparison.Ordinal) ? ending[..^"_total".Length] : ending;
            if (family.Has("unit"))
            {
                Assert.EndsWith("_" + family.Get<string>("unit"), ending, StringComparison.Ordinal);
            }

            if (escaping == EscapingScheme.AllowUtf8)
            {
                Assert.Equal(inUtf8, family.Has("unit") ? family.Get<string>("unit") : null);
            }
        }
    }

    [Fact]
    public void Without_families_the_exposition_is_empty() => Assert.Empty(TestCollector.Protobuf([]));

    [Fact]
    public void A_very_long_family_is_split_into_several_messages()
    {
        using var test = new TestCollector(limit: 20_000);
        var counter = test.Meter.CreateCounter<int>("c", "s", "Help.");
        string padding = new('x', 100);
        for (var i = 0; i < 20_000; i++)
        {
            counter.Add(i, new("i", i), new("padding", padding));
        }

        test.Meter.CreateGauge<int>("d").Record(1);
        var families = TestCollector.Protobuf(test.Collect());
        Assert.InRange(families.Count, 3, 5);
        Assert.All(families.SkipLast(1), family => Assert.Equal(
            ("c_seconds_total", "Help.", "seconds", 0ul),
            (family.Get<string>("name"), family.Get<string>("help"), family.Get<string>("unit"), family.Get<ulong>("type"))));
        Assert.Equal("d", families[^1].Get<string>("name"));
        Assert.Equal(
            Enumerable.Range(0, 20_000).Select(i => (double)i),
            families.SkipLast(1).SelectMany(family => family.All("metric")).Select(
                metric => metric.Get<ProtobufMessage>("counter").Get<double>("value")));
    }

    [Fact]
    public void A_family_at_the_default_limit_is_one_message()
    {
        using var test = new TestCollector();
        var histogram = test.Meter.CreateHistogram<double>("h", "s");
        for (var i = 0; i < 2_000; i++)
        {
            histogram.Record(
                i / 100.0, new("http.request.method", "GET"), new("http.route", $"/users/{i}"), new("http.response.status_code", 200));
        }

        Assert.Equal(2_000, Assert.Single(TestCollector.Protobuf(test.Collect())).All("metric").Length);
    }

    [Fact]
    public void A_measurement_within_a_recorded_span_is_an_exemplar_of_its_counter_and_bucket()
    {
        using var test = new TestCollector(clock: new SetClock());
        var counter = test.Meter.CreateCounter<int>("c");
        var histogram = test.Meter.CreateHistogram(
            "h", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        histogram.Record(0.5);
        using var span = new Activity("span") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.SetIdFormat(
            ActivityIdFormat.W3C).Start();
        counter.Add(3);
        histogram.Record(1.5);
        histogram.Record(100);
        var families = TestCollector.Protobuf(test.Collect());
        AssertExemplar(Assert.Single(families[0].All("metric")).Get<ProtobufMessage>("counter"), 3, span);
        var buckets = Assert.Single(families[1].All("metric")).Get<ProtobufMessage>("histogram").All("bucket");
        Assert.False(buckets[0].Has("exemplar"));
        AssertExemplar(buckets[1], 1.5, span);

        // The last bucket (+Inf) is written only if it has an exemplar.
        Assert.Equal([1, 2, double.PositiveInfinity], buckets.Select(bucket => bucket.Get<double>("upper_bound")));
        Assert.Equal([1, 2, 3ul], buckets.Select(bucket => bucket.Get<ulong>("cumulative_count")));
        AssertExemplar(buckets[2], 100, span);
    }

    [Fact]
    public void The_creation_time_is_always_exposed()
    {
        using var test = new TestCollector(clock: new SetClock());
        test.Meter.CreateCounter<int>("c").Add(1);
        test.Meter.CreateHistogram<int>("h").Record(1);
        var families = TestCollector.Protobuf(test.Collect());
        AssertTime(Assert.Single(families[0].All("metric")).Get<ProtobufMessage>("counter").Get<ProtobufMessage>("created_timestamp"));
        AssertTime(Assert.Single(families[1].All("metric")).Get<ProtobufMessage>("histogram").Get<ProtobufMessage>("created_timestamp"));
    }

    [Fact]
    public void Many_buckets_and_long_labels_are_written_completely()
    {
        using var test = new TestCollector();
        test.Meter.CreateHistogram(
                "h", null, null, null,
                new InstrumentAdvice<double> { HistogramBucketBoundaries = [.. Enumerable.Range(0, 1_000).Select(i => (double)i)] })
            .Record(1, new KeyValuePair<string, object?>("x", new string('x', 20_000)));
        var families = test.Collect();
        Assert.Equal(TestCollector.Text(families), ProtobufText.Of(TestCollector.Protobuf(families)));
    }

    private static void AssertExemplar(ProtobufMessage sample, double value, Activity span)
    {
        var exemplar = sample.Get<ProtobufMessage>("exemplar");
        Assert.Equal(value, exemplar.Get<double>("value"));
        AssertTime(exemplar.Get<ProtobufMessage>("timestamp"));
        Assert.Equal(
            [("trace_id", span.TraceId.ToHexString()), ("span_id", span.SpanId.ToHexString())],
            exemplar.All("label").Select(label => (label.Get<string>("name"), label.Get<string>("value"))));
    }

    private static void AssertTime(ProtobufMessage time) =>
        Assert.Equal((1_700_000_000ul, 500_000_000ul), (time.Get<ulong>("seconds"), time.Get<ulong>("nanos")));

    [Fact]
    public void A_native_histogram_without_a_limit_of_buckets_is_written()
    {
        using var test = new TestCollector(
            configure: options => options.NativeHistograms["*"] = new NativeHistogramOptions { MaxBuckets = int.MaxValue });
        test.Meter.CreateHistogram<int>("a").Record(5);
        Assert.Single(TestCollector.Protobuf(test.Collect()));
    }
}
