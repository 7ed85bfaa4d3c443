using System.Diagnostics;
using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Expositions;

public sealed class OpenMetricsTests
{
    [Theory]
    [InlineData("zoo.openmetrics.txt", true, EscapingScheme.Underscores)]
    [InlineData("zoo.openmetrics.utf8.txt", true, EscapingScheme.AllowUtf8)]
    [InlineData("zoo.utf8.txt", false, EscapingScheme.AllowUtf8)]
    [InlineData("zoo.dots.txt", false, EscapingScheme.Dots)]
    [InlineData("zoo.values.txt", false, EscapingScheme.Values)]
    internal void Every_kind_of_instrument_is_written_as_in_the_golden_file(string file, bool openMetrics, EscapingScheme escaping)
    {
        using var test = new TestCollector(configure: options => options.Resource["service.name"] = "zoo");
        Zoo.Fill(test.Meter);
        var format = openMetrics ? TextFormat.OpenMetrics(escaping) : TextFormat.Plain(escaping);
        MetricFamily[] families = [.. test.CollectTarget(), .. test.Collect()];
        var text = TestCollector.Text(families, format).Replace(test.MeterName, "Zoo", StringComparison.Ordinal).Replace(
            '\0', '␀').Replace('\r', '␍');
        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Exposition", file)), text);
    }

    [Fact]
    public void Without_families_there_is_only_the_end() => Assert.Equal("# EOF\n", TestCollector.Text([], OpenMetrics));

    [Fact]
    public void A_measurement_within_a_recorded_span_is_an_exemplar_of_its_counter_and_bucket()
    {
        using var test = new TestCollector(clock: new SetClock());
        var counter = test.Meter.CreateCounter<int>("c");
        var fractions = test.Meter.CreateCounter<double>("f");
        var histogram = test.Meter.CreateHistogram(
            "h", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        histogram.Record(0.5);
        using (var span = new Activity("span") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.SetIdFormat(
            ActivityIdFormat.W3C).Start())
        {
            counter.Add(3);
            fractions.Add(0.5);
            histogram.Record(1.5);
            var exemplar = $"# {{trace_id=\"{span.TraceId}\",span_id=\"{span.SpanId}\"}}";
            var text = TestCollector.Text(test.Collect(), OpenMetrics);
            Assert.Contains($"\nc_total 3 {exemplar} 3 1700000000.5\n", text, StringComparison.Ordinal);
            Assert.Contains($"\nf_total 0.5 {exemplar} 0.5 1700000000.5\n", text, StringComparison.Ordinal);
            Assert.Contains("\nh_bucket{le=\"1.0\"} 1\n", text, StringComparison.Ordinal);
            Assert.Contains($"\nh_bucket{{le=\"2.0\"}} 2 {exemplar} 1.5 1700000000.5\n", text, StringComparison.Ordinal);
            Assert.Contains("\nh_bucket{le=\"+Inf\"} 2\n", text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("trace_id", test.Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, ActivityTraceFlags.None)]
    [InlineData(false, ActivityTraceFlags.Recorded)]
    public void An_unrecorded_span_or_disabled_exemplars_give_no_exemplar(bool wanted, ActivityTraceFlags flags)
    {
        using var test = new TestCollector(configure: options => options.Exemplars = wanted);
        using var span = new Activity("span") { ActivityTraceFlags = flags }.Start();
        test.Meter.CreateCounter<int>("c").Add(1);
        Assert.Contains("\nc_total 1\n", TestCollector.Text(test.Collect(), OpenMetrics), StringComparison.Ordinal);
    }

    [Fact]
    public void The_creation_time_is_exposed_with_CreatedSamples()
    {
        using var test = new TestCollector(configure: options => options.CreatedSamples = true, clock: new SetClock());
        test.Meter.CreateCounter<int>("c").Add(1, new KeyValuePair<string, object?>("a", "b"));
        test.Meter.CreateHistogram<int>("h").Record(1);
        test.Meter.CreateGauge<int>("g").Record(1);
        var text = TestCollector.Text(test.Collect(), OpenMetrics);
        Assert.Contains("c_created{a=\"b\"} 1700000000.5\n", text, StringComparison.Ordinal);
        Assert.Contains("h_created 1700000000.5\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("g_created", text, StringComparison.Ordinal);
        Assert.DoesNotContain("_created", test.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_creation_time_is_no_series_by_default()
    {
        using var test = new TestCollector();
        test.Meter.CreateCounter<int>("c").Add(1);
        test.Meter.CreateHistogram<int>("h").Record(1);
        Assert.DoesNotContain("_created", TestCollector.Text(test.Collect(), OpenMetrics), StringComparison.Ordinal);
    }

    [Fact]
    public void A_histogram_with_buckets_below_zero_has_no_sum()
    {
        using var test = new TestCollector();
        test.Meter.CreateHistogram(
            "h", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [-1.5, -1, 2] }).Record(-1);
        var text = TestCollector.Text(test.Collect(), OpenMetrics);
        Assert.Contains("h_bucket{le=\"-1.5\"} 0\nh_bucket{le=\"-1.0\"} 1\nh_bucket{le=\"2.0\"} 1\nh_bucket{le=\"+Inf\"} 1\n# EOF\n", text,
            StringComparison.Ordinal);
        Assert.Contains("h_sum -1\nh_count 1\n", test.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_counter_whose_name_cannot_end_in_total_is_of_unknown_type()
    {
        using var test = new TestCollector();
        test.Meter.CreateCounter<int>("total").Add(1);
        Assert.Contains("# TYPE total unknown\ntotal 1\n", TestCollector.Text(test.Collect(), OpenMetrics), StringComparison.Ordinal);
    }

    [Fact]
    public void The_target_comes_first()
    {
        using var test = new TestCollector(configure: options =>
        {
            options.Resource["service.name"] = "a\"b";
            options.Resource["service.version"] = "1";
        });
        var own = test.CollectOwn();
        Assert.Equal("target_info", own[0].Name);
        Assert.StartsWith(
            "# HELP target Attributes of the target.\n# TYPE target info\ntarget_info{service_name=\"a\\\"b\",service_version=\"1\"} 1\n",
            TestCollector.Text(own, OpenMetrics).Replace("# TYPE target info\n# HELP", "# HELP", StringComparison.Ordinal),
            StringComparison.Ordinal);
        Assert.Contains("# TYPE target_info gauge\ntarget_info{", TestCollector.Text(own), StringComparison.Ordinal);
    }

    [Fact]
    public void Scope_labels_identify_the_meter()
    {
        var name = TestCollector.NewMeterName();
        using var meter = new Meter(new MeterOptions(name) { Version = "1.2", Tags = [new("x", "y")] });
        using var test = new TestCollector(configure: options =>
        {
            options.ScopeLabels = true;
            options.Meters.Add(name);
        });
        meter.CreateCounter<int>("c").Add(1);
        Assert.Equal([$"c_total{{otel_scope_name=\"{name}\",otel_scope_version=\"1.2\",otel_scope_x=\"y\"}} 1"], test.Samples());
    }

    [Theory]
    [InlineData("name")]
    [InlineData("version")]
    [InlineData("schema_url")]
    [InlineData("schema.url")]
    [InlineData("_name")]
    public void A_tag_of_the_meter_that_clashes_with_a_scope_label_is_dropped(string tag)
    {
        var name = TestCollector.NewMeterName();
        using var meter = new Meter(new MeterOptions(name) { Tags = [new(tag, "y"), new("x", "z")] });
        using var test = new TestCollector(configure: options =>
        {
            options.ScopeLabels = true;
            options.Meters.Add(name);
        });
        meter.CreateCounter<int>("c").Add(1);
        Assert.Equal([$"c_total{{otel_scope_name=\"{name}\",otel_scope_x=\"z\"}} 1"], test.Samples());
        Assert.Contains(
            $"{{\"c_total\",\"otel.scope.name\"=\"{name}\",\"otel.scope.x\"=\"z\"}} 1\n".Replace(
                "{\"c_total\",", "c_total{", StringComparison.Ordinal),
            TestCollector.Text(test.Collect(), TextFormat.Plain(EscapingScheme.AllowUtf8)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gauge_must_not_have_the_name_of_a_counters_family()
    {
        using var test = new TestCollector();
        test.Meter.CreateCounter<int>("a").Add(1);
        test.Meter.CreateGauge<int>("a").Record(1);
        Assert.Equal(["a_total 1"], test.Samples());
        Assert.Single(test.Log.Entries);
    }

    [Fact]
    public void A_counter_observed_as_negative_or_NaN_is_omitted()
    {
        using var test = new TestCollector();
        test.Meter.CreateObservableCounter("a", () => -1);
        test.Meter.CreateObservableCounter("b", () => double.NaN);
        test.Meter.CreateObservableCounter("c", () => 0);
        Assert.Equal(["c_total 0"], test.Samples());
    }

    private static TextFormat OpenMetrics => TextFormat.OpenMetrics(EscapingScheme.Underscores);

    [Fact]
    public void A_counter_of_unknown_type_has_neither_exemplar_nor_creation_time()
    {
        using var test = new TestCollector(configure: options => options.CreatedSamples = true);
        using var span = new Activity("span") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.SetIdFormat(
            ActivityIdFormat.W3C).Start();
        test.Meter.CreateCounter<int>("total").Add(1);
        Assert.EndsWith(
            "# TYPE total unknown\ntotal 1\n# EOF\n", TestCollector.Text(test.Collect(), OpenMetrics), StringComparison.Ordinal);
    }

    [Fact]
    public void Bounds_of_buckets_are_written_as_in_Go()
    {
        using var test = new TestCollector();
        double[] bounds = [-1_048_576, -1e6, -0.00001, 0, 1e-10, 0.00001, 0.000025, 0.0001, 0.5, 1, 123_456, 999_999.5, 1e6, 1_048_576,
            1_234_567.5, 1e10, 1e15, 1.5e21, 1e300];
        test.Meter.CreateHistogram("h", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds }).Record(1);
        var text = TestCollector.Text(test.Collect(), OpenMetrics);
        Assert.Equal(
            [
                "-1.048576e+06", "-1e+06", "-1e-05", "0.0", "1e-10", "1e-05", "2.5e-05", "0.0001", "0.5", "1.0", "123456.0", "999999.5",
                "1e+06", "1.048576e+06", "1.2345675e+06", "1e+10", "1e+15", "1.5e+21", "1e+300", "+Inf",
            ],
            text.Split('\n').Where(line => line.StartsWith("h_bucket", StringComparison.Ordinal)).Select(line => line.Split('"')[1]));
    }
}
