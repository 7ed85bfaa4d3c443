using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using System.Text.RegularExpressions;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Expositions;

/// <summary>Tags that a view drops become labels of exemplars.</summary>
public sealed partial class ExemplarLabelsTests
{
    [Fact]
    public void Tags_a_view_drops_are_labels_of_the_exemplar_in_every_format_that_has_exemplars()
    {
        using var test = WithView();
        var counter = test.Meter.CreateCounter<int>("c");
        var histogram = test.Meter.CreateHistogram(
            "h", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1] });
        using var span = Start();
        counter.Add(3, new("kept", "a"), new("user.id", "joe \"x\"\\\n"), new("n", 5));
        histogram.Record(0.5, new("user.id", "é😀"), new("kept", "a"));
        var ids = $"trace_id=\"{span.TraceId}\",span_id=\"{span.SpanId}\"";
        foreach (var scheme in Enum.GetValues<EscapingScheme>())
        {
            var text = TestCollector.Text(test.Collect(), TextFormat.OpenMetrics(scheme));
            Assert.Contains(
                $$"""
                c_total{kept="a"} 3 # {{{ids}},user_id="joe \"x\"\\\n",n="5"} 3 1700000000.5

                """.Replace("\r", "", StringComparison.Ordinal), text.Replace("c__total", "c_total", StringComparison.Ordinal),
                StringComparison.Ordinal);
            Assert.Contains($"le=\"1.0\"}} 1 # {{{ids},user_id=\"é😀\"}} 0.5 1700000000.5\n", text, StringComparison.Ordinal);
        }

        var families = TestCollector.Protobuf(test.Collect());
        (string, string)[] expected = [("n", "5"), ("user_id", "joe \"x\"\\\n")];
        Assert.Equal(expected, Labels(families[0].All("metric")[0].Get<ProtobufMessage>("counter")));
        Assert.Equal([("user_id", "é😀")], Labels(families[1].All("metric")[0].Get<ProtobufMessage>("histogram").All("bucket")[0]));
    }

    public static TheoryData<string, string> Dropped => new()
    {
        // 65 characters are left beside trace_id and span_id.
        { $"a={new string('x', 64)}", $"a={new string('x', 64)}" },
        { $"a={new string('x', 65)}", "" },
        { $"{new string('x', 64)}=y", $"{new string('x', 64)}=y" },
        { $"{new string('x', 65)}=", "" },
        { $"{new string('x', 10_000)}=y b=1", "b=1" },
        { $"a={new string('x', 50)} b={new string('y', 50)} c=z", $"a={new string('x', 50)} c=z" },
        { $"a={string.Concat(Enumerable.Repeat("😀", 64))}", $"a={string.Concat(Enumerable.Repeat("😀", 64))}" },
        { $"a={string.Concat(Enumerable.Repeat("😀", 65))}", "" },
        { $"a={new string('"', 64)}", $"a={new string('"', 64)}" },
        { "a.b=1 a_b=2 a-b=3 ab=4 a=5", "a_b=1 ab=4 a=5" },
        { "trace_id=1 span.id=2 span=3 id=4", "span=3 id=4" },
        { "a= =1 __name__=2 5xx=3", "_=1 _name_=2 _5xx=3" },
        { "a=\uD83D", "a=\uFFFD" },
        { "path=/x\0y route=/{id} b\0=1 c}=2 d={", "b_=1 c_=2 d={" },
        { ManyTags(30), ManyTags(16) },
    };

    [Theory]
    [MemberData(nameof(Dropped))]
    public void Labels_fit_into_the_limit_of_OpenMetrics_and_are_distinct(string tags, string expected)
    {
        using var test = WithView();
        var counter = test.Meter.CreateCounter<int>("c");
        using var span = Start();
        counter.Add(1, [.. tags.Split(' ').Select(tag => tag.Split('=')).Select(tag => new KeyValuePair<string, object?>(tag[0], tag[1]))]);
        var text = TestCollector.Text(test.Collect(), TextFormat.OpenMetrics(EscapingScheme.Underscores));
        var labels = Exemplar().Match(text).Groups[1].Value;
        var pairs = Label().Matches(labels).Select(match => (Name: match.Groups[1].Value, Value: match.Groups[2].Value.Replace(
            "\\\"", "\"", StringComparison.Ordinal))).ToArray();
        Assert.Equal(["trace_id", "span_id"], pairs[..2].Select(pair => pair.Name));
        Assert.True(pairs.Sum(pair => (pair.Name + pair.Value).EnumerateRunes().Count()) <= 128);
        Assert.Equal(expected, string.Join(' ', pairs[2..].Select(pair => $"{pair.Name}={pair.Value}")));
        Assert.Equal(
            pairs[2..].Order(), Labels(TestCollector.Protobuf(test.Collect())[0].All("metric")[0].Get<ProtobufMessage>("counter")).Order());
    }

    [Fact]
    public void An_exemplar_has_no_labels_of_the_one_before()
    {
        using var test = WithView();
        var counter = test.Meter.CreateCounter<int>("c");
        using var span = Start();
        counter.Add(1, new("a", 1), new("b", 2));
        counter.Add(1, new KeyValuePair<string, object?>("b", 3));
        Assert.Contains(",b=\"3\"} 1 1700000000.5\n", Text(test), StringComparison.Ordinal);
        Assert.DoesNotContain("a=\"1\"", Text(test), StringComparison.Ordinal);
        counter.Add(1);
        Assert.Contains($"span_id=\"{span.SpanId}\"}} 1 1700000000.5\n", Text(test), StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_changes_later_is_written_as_it_was_recorded()
    {
        using var test = WithView();
        var counter = test.Meter.CreateCounter<int>("c");
        using var span = Start();
        var builder = new StringBuilder("before");
        counter.Add(1, new KeyValuePair<string, object?>("b", builder));
        builder.Clear();
        Assert.Contains("b=\"before\"", Text(test), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_of_every_type_are_written_as_in_labels()
    {
        object[] values = [true, 'c', 1.5, 0.1f, 2.50m, DayOfWeek.Monday, long.MinValue, (byte)7, Guid.Empty];
        foreach (var value in values)
        {
            using var test = WithView();
            var counter = test.Meter.CreateCounter<int>("c");
            using var span = Start();
            counter.Add(1, new KeyValuePair<string, object?>("b", value));
            Assert.Contains($",b=\"{TagText.ValueOf(value)}\"}}", Text(test), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Tags_that_a_view_drops_of_the_instrument_are_not_in_exemplars()
    {
        using var test = WithView();
        var counter = test.Meter.CreateCounter<int>("c", null, null, [new("fixed", 1)]);
        using var span = Start();
        counter.Add(1);
        Assert.DoesNotContain("fixed", Text(test), StringComparison.Ordinal);
    }

    [Fact]
    public void Dropping_tags_within_a_trace_allocates_nothing()
    {
        using var test = WithView();
        var counter = test.Meter.CreateCounter<int>("c");
        using var span = Start();
        object value = 1;
        for (var i = 0; i < 100; i++)
        {
            counter.Add(1, new("a", value), new("b", "x"));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        counter.Add(1, new("a", value), new("b", "x"));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static string ManyTags(int count) => string.Join(' ', Enumerable.Range(0, count).Select(i => $"a{i}=1"));

    private static TestCollector WithView() =>
        new(configure: options => options.View = _ => new MetricView { Tags = ["kept"] }, clock: new SetClock());

    private static Activity Start() =>
        new Activity("span") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.SetIdFormat(ActivityIdFormat.W3C).Start();

    private static string Text(TestCollector test) =>
        TestCollector.Text(test.Collect(), TextFormat.OpenMetrics(EscapingScheme.Underscores));

    private static (string, string)[] Labels(ProtobufMessage sample) =>
    [
        .. sample.Get<ProtobufMessage>("exemplar").All("label")
            .Select(label => (label.Get<string>("name"), label.Get<string>("value")))
            .Where(label => label.Item1 is not ("trace_id" or "span_id")),
    ];

    [GeneratedRegex(@" # \{(.*)\} 1 1700000000\.5\n")]
    private static partial Regex Exemplar();

    [GeneratedRegex(""" ([^=,]*)="((?:[^"\\]|\\.)*)" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Label();
}
