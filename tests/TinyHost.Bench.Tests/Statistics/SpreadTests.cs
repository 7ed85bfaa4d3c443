using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Tests.Statistics;

public sealed class SpreadTests
{
    [Fact]
    public void The_median_of_an_odd_number_of_values_is_the_middle_one() => Assert.Equal(new Spread(3, 1, 100), Spread.Of([100, 1, 3]));

    [Fact]
    public void The_median_of_an_even_number_of_values_is_between_the_middle_two() => Assert.Equal(new Spread(2.5, 1, 9), Spread.Of([9, 2, 3, 1]));

    [Fact]
    public void No_values_have_no_median() => Assert.Throws<ArgumentException>(() => Spread.Of([]));
}
