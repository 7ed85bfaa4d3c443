using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Expositions;

/// <summary>The expected lines are those of the specification and of Prometheus' own writer, for the same measurements.</summary>
public sealed class OpenMetrics2Tests
{
    private static readonly OpenMetrics2Format s_format = OpenMetrics2Format.In(EscapingScheme.Underscores);

    [Theory]
    [InlineData("zoo.openmetrics2.txt", EscapingScheme.Underscores)]
    [InlineData("zoo.openmetrics2.utf8.txt", EscapingScheme.AllowUtf8)]
    internal void Every_kind_of_instrument_is_written_as_in_the_golden_file(string file, EscapingScheme escaping)
    {
        using var test = new TestCollector(configure: options => options.Resource["service.name"] = "zoo", clock: new SetClock());
        Zoo.Fill(test.Meter);
        MetricFamily[] families = [.. test.CollectTarget(), .. test.Collect()];
        var text = TestCollector.Text(families, OpenMetrics2Format.In(escaping));
        Assert.NotEmpty(OpenMetrics2Reader.Read(text));
        Assert.Equal(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Exposition", file)),
            text.Replace(test.MeterName, "Zoo", StringComparison.Ordinal).Replace('\0', '␀').Replace('\r', '␍'));
    }

    [Fact]
    public void Without_families_there_is_only_the_end() => Assert.Equal("# EOF\n", TestCollector.Text([], s_format));

    [Fact]
    public void A_counter_has_the_name_of_its_family_and_a_start_time()
    {
        using var test = new TestCollector(clock: new SetClock());
        test.Meter.CreateCounter<double>("http.requests", "s", "Total number of HTTP requests.").Add(
            1_027, new("method", "GET"), new("code", 200));
        Assert.Equal(
            """
            # TYPE http_requests_seconds_total counter
            # UNIT http_requests_seconds_total seconds
            # HELP http_requests_seconds_total Total number of HTTP requests.
            http_requests_seconds_total{code="200",method="GET"} 1027 st@1700000000.5
            # EOF

            """,
            TestCollector.Text(test.Collect(), s_format));
    }

    [Fact]
    public void Gauges_and_observed_values_have_no_start_time()
    {
        using var test = new TestCollector();
        test.Meter.CreateGauge<double>("a").Record(1.2345e9);
        test.Meter.CreateUpDownCounter<int>("b").Add(-1);
        test.Meter.CreateObservableCounter("c", () => 17);
        Assert.Equal(
            ["a 1234500000", "b -1", "c_total 17"],
            TestCollector.Text(test.Collect(), s_format).Split('\n').Where(line => line.Length > 0 && line[0] != '#'));
    }

    [Theory]
    [InlineData("0.1,1", "0.05,0.95,5", "{count:3,sum:6,bucket:[0.1:1,1.0:2,+Inf:3]}")]
    [InlineData("0.1,1", "0.1,1", "{count:2,sum:1.1,bucket:[0.1:1,1.0:2,+Inf:2]}")]
    [InlineData("-1,0.5", "-1,-1,0.5,0.5,0.5,3,3,3,3,3.5", "{count:10,sum:15,bucket:[-1.0:2,0.5:5,+Inf:10]}")]
    [InlineData("-1", "-3,-4", "{count:2,sum:-7,bucket:[-1.0:2,+Inf:2]}")]
    [InlineData("", "1", "{count:1,sum:1,bucket:[+Inf:1]}")]
    [InlineData(
        "0,1e-05,0.0001,0.1,1,10,100000,1e+06,1e+23,1.1e+23", "0.5",
        "{count:1,sum:0.5,bucket:[0.0:0,1e-05:0,0.0001:0,0.1:0,1.0:1,10.0:1,100000.0:1,1e+06:1,1e+23:1,1.1e+23:1,+Inf:1]}")]
    public void A_classic_histogram_is_one_value(string bounds, string values, string expected)
    {
        using var test = new TestCollector(clock: new SetClock());
        var histogram = test.Meter.CreateHistogram(
            "request.duration", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Doubles(bounds) });
        foreach (var value in Doubles(values))
        {
            histogram.Record(value, new KeyValuePair<string, object?>("handler", "query"));
        }

        Assert.Equal(
            $"request_duration_seconds{{handler=\"query\"}} {expected} st@1700000000.5", Line(test, "request_duration_seconds{"));
    }

    [Fact]
    public void A_native_histogram_has_spans_and_absolute_counts()
    {
        using var test = new TestCollector(clock: new SetClock(), configure: options => options.NativeHistograms["*"] =
            new NativeHistogramOptions { BucketFactor = 1.0055, ClassicBuckets = false });
        var histogram = test.Meter.CreateHistogram<double>("acme.http.request", "s");
        Fill(histogram, -1, [(1, 5), (2, 7)]);
        Fill(histogram, 1, [(-1, 5), (0, 7), (4, 10), (5, 9), (6, 8), (7, 8)]);
        var line = Line(test, "acme_http_request_seconds{");
        Assert.Equal(
            "acme_http_request_seconds{method=\"GET\",path=\"/api/v1\"} {count:59,sum:SUM,schema:7,"
            + "zero_threshold:2.938735877055719E-39,zero_count:0,negative_spans:[1:2],negative_buckets:[5,7],"
            + "positive_spans:[-1:2,3:4],positive_buckets:[5,7,10,9,8,8]} st@1700000000.5",
            System.Text.RegularExpressions.Regex.Replace(line, @"sum:[\d.]+", "sum:SUM"));
    }

    [Fact]
    public void A_histogram_of_both_kinds_has_its_native_buckets_first()
    {
        using var test = new TestCollector(clock: new SetClock(), configure: options => options.NativeHistograms["*"] =
            new NativeHistogramOptions { BucketFactor = 2 });
        var histogram = test.Meter.CreateHistogram(
            "h", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] });
        histogram.Record(0);
        histogram.Record(1);
        histogram.Record(4);
        histogram.Record(-0.25);
        Assert.Equal(
            "h {count:4,sum:4.75,schema:0,zero_threshold:2.938735877055719E-39,zero_count:1,negative_spans:[-2:1],negative_buckets:[1],"
            + "positive_spans:[0:1,1:1],positive_buckets:[1,1],bucket:[0.5:2,1.0:3,+Inf:4]} st@1700000000.5",
            Line(test, "h "));
    }

    [Fact]
    public void A_value_that_is_not_a_number_is_only_counted()
    {
        using var test = new TestCollector(configure: options => options.NativeHistograms["*"] =
            new NativeHistogramOptions { ClassicBuckets = false });
        test.Meter.CreateHistogram<double>("h").Record(double.NaN);
        Assert.StartsWith(
            "h {count:1,sum:NaN,schema:3,zero_threshold:2.938735877055719E-39,zero_count:0} st@", Line(test, "h "),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Exemplars_of_all_buckets_follow_the_start_time_with_their_own_times()
    {
        using var test = new TestCollector(clock: new SetClock());
        var counter = test.Meter.CreateCounter<int>("c");
        var histogram = test.Meter.CreateHistogram(
            "h", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.1, 1, 10] });
        using var span = new Activity("span") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.SetIdFormat(
            ActivityIdFormat.W3C).Start();
        counter.Add(2);
        histogram.Record(0.054);
        histogram.Record(1.67);
        histogram.Record(9.8);
        var labels = $"{{trace_id=\"{span.TraceId}\",span_id=\"{span.SpanId}\"}}";
        Assert.Equal($"c_total 2 st@1700000000.5 # {labels} 2 1700000000.5", Line(test, "c_total "));
        Assert.Equal(
            "h {count:3,sum:11.524000000000001,bucket:[0.01:0,0.1:1,1.0:1,10.0:3,+Inf:3]} st@1700000000.5"
            + $" # {labels} 0.054 1700000000.5 # {labels} 9.8 1700000000.5",
            Line(test, "h "));
    }

    [Fact]
    public void A_counter_without_total_is_a_counter_and_keeps_its_exemplar()
    {
        using var test = new TestCollector(clock: new SetClock());
        test.Meter.CreateCounter<int>("total").Add(1);
        Assert.Contains(" counter\n", TestCollector.Text(test.Collect(), s_format), StringComparison.Ordinal);
    }

    [Fact]
    public void Quoted_names_stand_inside_the_braces()
    {
        using var test = new TestCollector(clock: new SetClock());
        test.Meter.CreateHistogram(
            "http.latency", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1] })
            .Record(0.05, new KeyValuePair<string, object?>("service.name", "my-service"));
        var text = TestCollector.Text(test.Collect(), OpenMetrics2Format.In(EscapingScheme.AllowUtf8));
        Assert.StartsWith("# TYPE \"http.latency\" histogram\n# HELP \"http.latency\" ", text, StringComparison.Ordinal);
        Assert.Contains(
            "\n{\"http.latency\",\"service.name\"=\"my-service\"} {count:1,sum:0.05,bucket:[0.1:1,+Inf:1]} st@1700000000.5\n", text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Random_registries_are_the_same_in_OpenMetrics_2_and_in_text() =>
        RandomRegistry.ForEach(200, families => Assert.Equal(
            TestCollector.Text(families).Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(OpenMetrics2Reader.Normalize),
            OpenMetrics2Reader.Explode(TestCollector.Text(families, s_format))));

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    public void Pieces_of_any_length_make_the_same_bytes(int length)
    {
        using var test = new TestCollector(configure: options => options.NativeHistograms["*"] = new NativeHistogramOptions());
        Zoo.Fill(test.Meter);
        var families = test.Collect();
        Assert.Equal(TestCollector.Bytes(families, s_format), TestCollector.Bytes(families, s_format, length));
    }

    [Theory]
    [InlineData("counter", "x 17.0 st@1520430000.123")]
    [InlineData("counter", "x 17.0 st@1520430000.123 # {trace_id=\"KOO5S4vxi0o\"} 0.67 1520879606.1")]
    [InlineData("gauge", "x{a=\"b\",c=\"\\\" \\n\"} 17.0")]
    [InlineData("histogram", "x {count:17,sum:324789.3,bucket:[0.01:0,0.1:8,1.0:11,10.0:17,+Inf:17]} st@1520430000.123")]
    [InlineData("histogram", "x {count:17,sum:324789.3,bucket:[+Inf:17]} # {} 0.054 1520879607.7 # {a=\"b\"} 1.67 1520879602.890")]
    [InlineData("histogram", "x {count:0,sum:0,schema:3,zero_threshold:1e-4,zero_count:0} st@1520430000.123")]
    [InlineData(
        "histogram",
        "x {count:2,sum:1.2e2,schema:0,zero_threshold:1e-4,zero_count:0,positive_spans:[1:2],positive_buckets:[1,1],"
        + "bucket:[0.5:1,1:2,+Inf:2]} st@1605301325.0")]
    public void The_reader_accepts_examples_of_the_specification(string type, string line) =>
        Assert.Single(OpenMetrics2Reader.Read($"# TYPE x {type}\n{line}\n# EOF\n"));

    [Theory]
    [InlineData("counter", "x_total 17.0")]
    [InlineData("counter", "x NaN")]
    [InlineData("counter", "x 17.0 # {} 0.67")]
    [InlineData("counter", "x 17.0 # {} 0.67 1520879606.1 st@1520430000.123")]
    [InlineData("info", "x 1")]
    [InlineData("histogram", "x 17")]
    [InlineData("histogram", "x {count:17,sum:324789.3}")]
    [InlineData("histogram", "x {count:17,sum:324789.3,bucket:[0.01:0]}")]
    [InlineData("histogram", "x {sum:324789.3,count:17,bucket:[+Inf:17]}")]
    [InlineData("histogram", "x {count:17, sum:324789.3,bucket:[+Inf:17]}")]
    [InlineData("histogram", "x {count:17,sum:1,bucket:[+Inf:17],schema:3,zero_threshold:1e-4,zero_count:0}")]
    public void The_reader_refuses_what_the_specification_does(string type, string line) =>
        Assert.Throws<FormatException>(() => OpenMetrics2Reader.Read($"# TYPE x {type}\n{line}\n# EOF\n"));

    // Values in the middle of buckets of schema 7.
    private static void Fill(Histogram<double> histogram, int sign, (int Index, int Count)[] buckets)
    {
        foreach (var (index, count) in buckets)
        {
            for (var i = 0; i < count; i++)
            {
                histogram.Record(sign * Math.Pow(2, (index - 0.5) / 128), new("method", "GET"), new("path", "/api/v1"));
            }
        }
    }

    private static string Line(TestCollector test, string start)
    {
        var text = TestCollector.Text(test.Collect(), s_format);
        Assert.NotEmpty(OpenMetrics2Reader.Read(text));
        return text.Split('\n').Single(line => line.StartsWith(start, StringComparison.Ordinal));
    }

    private static double[] Doubles(string list) =>
        [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(item => double.Parse(item, CultureInfo.InvariantCulture))];
}
