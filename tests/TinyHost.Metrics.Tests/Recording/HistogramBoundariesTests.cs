namespace TinyHost.Metrics.Tests.Recording;

public sealed class HistogramBoundariesTests
{
    [Fact]
    public void Every_value_falls_into_the_first_bucket_whose_bound_is_not_below_it()
    {
        for (var count = 0; count <= 40; count++)
        {
            double[] bounds = [.. Enumerable.Range(0, count).Select(i => (i - 3) * 0.25)];
            foreach (var value in (double[])[.. bounds, .. bounds.Select(double.BitIncrement), .. bounds.Select(double.BitDecrement), -0.0,
                double.MinValue, double.MaxValue, double.Epsilon, double.PositiveInfinity, double.NegativeInfinity])
            {
                var first = bounds.TakeWhile(bound => bound < value).Count();
                Assert.Equal(first, HistogramBoundaries.BucketOf(value, bounds));
            }
        }
    }
}
