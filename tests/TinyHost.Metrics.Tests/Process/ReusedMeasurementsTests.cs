using System.Diagnostics.Metrics;

namespace TinyHost.Metrics.Tests.Processes;

public sealed class ReusedMeasurementsTests
{
    private readonly ReusedMeasurements<int> _measurements = new(measurements => measurements.AddRange([new(1), new(2), new(3)]));

    [Fact]
    public void Those_who_observe_at_the_same_time_each_see_all_measurements()
    {
        List<int> seen = [];
        foreach (var outer in _measurements)
        {
            seen.Add(outer.Value);
            Assert.Equal([1, 2, 3], _measurements.Select(inner => inner.Value));
        }

        Assert.Equal([1, 2, 3], seen);
    }

    [Fact]
    public void A_walk_that_is_over_is_used_again()
    {
        var first = _measurements.GetEnumerator();
        first.Dispose();
        using var second = _measurements.GetEnumerator();
        using var third = _measurements.GetEnumerator();
        Assert.Same(first, second);
        Assert.NotSame(second, third);
    }
}
