namespace TinyHost.Metrics.Tests.Dashboard;

public sealed class BucketColumnsTests
{
    private static readonly double[] s_bounds = [0.1, 0.2, 0.4];

    [Theory]
    [InlineData(0.5, 0.05, 10L, 0L, 0L, 0L)]
    [InlineData(0.5, 0.1, 5L, 5L, 0L, 0L)]
    [InlineData(0.9, 0.18, 5L, 5L, 0L, 0L)]
    [InlineData(0.5, 0.3, 0L, 0L, 8L, 0L)]
    [InlineData(0.75, 0.3, 10L, 0L, 10L, 0L)]
    [InlineData(0.99, 0.4, 0L, 0L, 1L, 1L)]
    [InlineData(0, 0.1, 0L, 3L, 0L, 0L)]
    [InlineData(1, 0.2, 0L, 3L, 0L, 0L)]
    public void Quantiles_are_interpolated_within_a_bucket_as_Prometheus_does(double part, double expected, params long[] counts) =>
        Assert.Equal(expected, BucketColumns.Quantile(part, counts, s_bounds), tolerance: 1e-9);

    [Fact]
    public void Without_values_or_bounds_there_is_no_quantile()
    {
        Assert.Equal(double.NaN, BucketColumns.Quantile(0.5, [0, 0, 0, 0], s_bounds));
        Assert.Equal(double.NaN, BucketColumns.Quantile(0.5, [5], []));
    }

    [Fact]
    public void A_first_bound_below_zero_is_the_quantile_of_its_bucket() =>
        Assert.Equal(-1, BucketColumns.Quantile(0.5, [4, 0], [-1]));
}
