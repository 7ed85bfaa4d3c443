namespace TinyHost.Metrics.Tests.Recording;

public sealed class HistogramBoundariesTests
{
    [Fact]
    public void Every_value_is_counted_in_the_first_bucket_that_includes_it()
    {
        for (var count = 0; count <= 40; count++)
        {
            double[] bounds = [.. Enumerable.Range(0, count).Select(i => (i - 3) * 0.25)];
            foreach (var value in (double[])[.. bounds, .. bounds.Select(double.BitIncrement), .. bounds.Select(double.BitDecrement), -0.0,
                double.MinValue, double.MaxValue, double.Epsilon, double.PositiveInfinity, double.NegativeInfinity])
            {
                var first = bounds.TakeWhile(bound => bound < value).Count();
                Assert.Equal(first, HistogramBuckets.IndexOf(value, bounds));
            }
        }
    }
}
