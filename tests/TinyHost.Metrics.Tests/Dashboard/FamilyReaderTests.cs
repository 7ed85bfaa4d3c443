using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Dashboard;

public sealed class FamilyReaderTests : IDisposable
{
    private static readonly Chart s_chart = new(1, "a", "A", "", "a");

    private readonly TestCollector _test = new();
    private readonly History _history = new(maxColumns: 100);
    private long _second = -1;

    public void Dispose() => _test.Dispose();

    [Fact]
    public void Counters_become_rates_by_group()
    {
        var counter = _test.Meter.CreateCounter<long>("c");
        var reader = Reader(Rates());
        counter.Add(10, Tag("x"));
        counter.Add(4, Tag("y"));
        Read(reader, seconds: 2);
        Assert.Equal(["x: 5", "y: 2"], Values());
        counter.Add(1, Tag("x"));
        Read(reader);
        Assert.Equal(["x: 1", "y: 0"], Values());
    }

    [Fact]
    public void A_counter_that_went_down_has_counted_its_value_since_the_reset()
    {
        var counter = _test.Meter.CreateCounter<long>("c");
        var reader = Reader(Rates());
        counter.Add(10, Tag("x"));
        Read(reader);
        // An unsigned sum that overflows starts again from zero.
        for (var i = 0; i < 2; i++)
        {
            counter.Add(long.MaxValue, Tag("x"));
        }

        Read(reader);
        Assert.Equal(["x: 8"], Values());
        Assert.False(reader.HasIncrements);
    }

    [Fact]
    public void A_series_that_ended_takes_nothing_from_the_others()
    {
        var counter = _test.Meter.CreateCounter<long>("c");
        var reader = Reader(Rates());
        foreach (var name in (string[])["x", "y", "z"])
        {
            counter.Add(10, Tag(name));
        }

        Read(reader);
        _test.Collector.RemoveSeries(counter, [Tag("y")]);
        counter.Add(3, Tag("z"));
        Read(reader);
        Assert.Equal(["x: 0", "y: 0", "z: 3"], Values());

        // The next series of this name counts from zero.
        counter.Add(2, Tag("y"));
        Read(reader);
        Assert.Equal(["x: 0", "y: 2", "z: 0"], Values());
    }

    [Fact]
    public void Texts_beyond_the_limit_share_a_column()
    {
        var counter = _test.Meter.CreateCounter<long>("c");
        var reader = Reader(Rates(max: 2));
        foreach (var name in (string[])["a", "b", "c", "d"])
        {
            counter.Add(1, Tag(name));
        }

        Read(reader);
        Assert.Equal(["a: 1", "b: 1", "other: 2"], Values());
    }

    [Fact]
    public void Long_texts_are_cut_and_share_a_column()
    {
        var counter = _test.Meter.CreateCounter<long>("c");
        var reader = Reader(Rates());
        counter.Add(1, Tag(new string('a', 98) + "\U0001F600" + "b"));
        counter.Add(2, Tag(new string('a', 98) + "\U0001F600" + "c"));
        Read(reader);
        Assert.Equal([new string('a', 98) + "…: 3"], Values());
    }

    [Fact]
    public void Series_beyond_the_budget_are_left_out()
    {
        var counter = _test.Meter.CreateCounter<long>("c");
        var budget = new SeriesBudget(20);
        var reader = new FamilyReader(Family(), new FamilyColumns([Rates(max: 1)], []), budget);
        for (var i = 0; i < 30; i++)
        {
            counter.Add(1, Tag(i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        Read(reader);
        Assert.Equal(["0: 1", "other: 19"], Values());
        Assert.Equal(0, budget.Take(1));
        reader.Leave();
        Assert.Equal(20, budget.Take(50));
    }

    [Fact]
    public void Histograms_give_rates_means_and_buckets()
    {
        var histogram = _test.Meter.CreateHistogram<double>(
            "h", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        var reader = Reader(Rates(), new Breakdown(_history, s_chart with { Id = "mean" }, 5, ofMean: true, labels => labels.ToString()));
        foreach (var value in (double[])[0.5, 1.5, 1.7, 9])
        {
            histogram.Record(value, Tag("x"));
        }

        Read(reader);
        Assert.Equal(["x: 4", "n=\"x\": 3.175"], Values());
        Assert.Equal([1, 2, 1], reader.Increments);
        Assert.True(reader.HasIncrements);

        // Without values there is no mean.
        Read(reader);
        Assert.Equal(["x: 0", "n=\"x\": NaN"], Values());
        Assert.Equal([0, 0, 0], reader.Increments);
    }

    [Fact]
    public void Buckets_tell_nothing_in_the_second_in_which_a_series_ended()
    {
        var histogram = _test.Meter.CreateHistogram<double>(
            "h", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1] });
        var reader = Reader(Rates());
        histogram.Record(0.5, Tag("x"));
        histogram.Record(0.5, Tag("y"));
        Read(reader);
        _test.Collector.RemoveSeries(histogram, [Tag("x")]);
        histogram.Record(5, Tag("y"));
        Read(reader);
        Assert.False(reader.HasIncrements);
        histogram.Record(5, Tag("y"));
        Read(reader);
        Assert.True(reader.HasIncrements);
        Assert.Equal([0, 1], reader.Increments);
    }

    private static KeyValuePair<string, object?> Tag(string value) => new("n", value);

    private MetricFamily Family() => Assert.Single(_test.Collector.Families, family => family.Definition.Meter == _test.MeterName);

    private FamilyReader Reader(params Breakdown[] breakdowns) =>
        new(Family(), new FamilyColumns(breakdowns, Family().Definition.Boundaries), new SeriesBudget(1_000));

    private Breakdown Rates(int max = 10) => new(_history, s_chart, max, ofMean: false, labels => labels.Tags[0].Value);

    private void Read(FamilyReader reader, double seconds = 1)
    {
        _history.Begin(++_second);
        reader.Read();
        reader.Columns.Write(seconds);
    }

    private IEnumerable<string> Values() => _history.Columns.Select((column, index) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{column.Name}: {_history.Read(index, _second):G4}"));
}
