using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Tests.Statistics;

public sealed class RotationTests
{
    [Theory]
    [InlineData(0, "abc")]
    [InlineData(1, "bca")]
    [InlineData(2, "cab")]
    [InlineData(3, "abc")]
    public void Each_round_starts_with_a_different_item(int round, string order) =>
        Assert.Equal(order, string.Concat(Rotation.Of(["a", "b", "c"], round)));
}
