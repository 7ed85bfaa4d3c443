using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Tests.Statistics;

public sealed class SpreadTests
{
    [Fact]
    public void Median_of_an_odd_count_is_the_middle_value() => Assert.Equal(new Spread(3, 1, 100), Spread.Of([100, 1, 3]));

    [Fact]
    public void Median_of_an_even_count_is_the_mean_of_the_middle_values() => Assert.Equal(new Spread(2.5, 1, 9), Spread.Of([9, 2, 3, 1]));

    [Fact]
    public void Empty_input_throws() => Assert.Throws<ArgumentException>(() => Spread.Of([]));
}
