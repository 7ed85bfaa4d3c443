using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Tests.Statistics;

public sealed class ResultsTests
{
    private readonly Results _results = new();

    [Fact]
    public void Ratios_are_taken_within_each_round_before_the_median()
    {
        // The second round is ten times slower. The ratio of the medians would be 20 ÷ 100.
        Add("ours", 20, 2, 40);
        Add("theirs", 10, 100, 160);
        Assert.Equal(new Spread(0.25, 0.02, 2), _results.Ratio("load", Measure.Rate, "ours", "theirs"));
    }

    [Fact]
    public void Rounds_with_only_one_of_the_two_are_ignored()
    {
        Add("ours", 20, 30);
        Add("theirs", 10);
        Assert.Equal(new Spread(2, 2, 2), _results.Ratio("load", Measure.Rate, "ours", "theirs"));
    }

    [Fact]
    public void Unmeasured_values_have_no_spread_and_no_ratio()
    {
        Add("ours", 20);
        Assert.Null(_results.Of("load", "theirs", Measure.Rate));
        Assert.Null(_results.Of("load", "ours", Measure.P99));
        Assert.Null(_results.Ratio("load", Measure.Rate, "ours", "theirs"));
    }

    [Fact]
    public void A_zero_divisor_gives_no_ratio()
    {
        Add("ours", 20);
        Add("theirs", 0);
        Assert.Null(_results.Ratio("load", Measure.Rate, "ours", "theirs"));
    }

    private void Add(string server, params double[] rounds)
    {
        for (var round = 0; round < rounds.Length; round++)
        {
            _results.Add("load", server, Measure.Rate, round, rounds[round]);
        }
    }
}
