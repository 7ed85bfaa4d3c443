using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Tests.Statistics;

public sealed class ResultsTests
{
    private readonly Results _results = new();

    [Fact]
    public void A_ratio_is_taken_within_each_round_before_the_median_is()
    {
        // The machine is ten times slower in the second round: the medians' ratio would be 20 ÷ 100.
        Add("ours", 20, 2, 40);
        Add("theirs", 10, 100, 160);
        Assert.Equal(new Spread(0.25, 0.02, 2), _results.Ratio("load", Measure.Rate, "ours", "theirs"));
    }

    [Fact]
    public void A_round_that_one_of_the_two_missed_is_in_no_ratio()
    {
        Add("ours", 20, 30);
        Add("theirs", 10);
        Assert.Equal(new Spread(2, 2, 2), _results.Ratio("load", Measure.Rate, "ours", "theirs"));
    }

    [Fact]
    public void What_was_not_measured_has_neither_spread_nor_ratio()
    {
        Add("ours", 20);
        Assert.Null(_results.Of("load", "theirs", Measure.Rate));
        Assert.Null(_results.Of("load", "ours", Measure.Tail));
        Assert.Null(_results.Ratio("load", Measure.Rate, "ours", "theirs"));
    }

    [Fact]
    public void Nothing_is_divided_by_zero()
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
