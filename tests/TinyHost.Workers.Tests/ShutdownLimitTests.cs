// Owns: how long a stop may take where the host sets no usual limit.

namespace TinyHost.Workers.Tests;

public sealed class ShutdownLimitTests
{
    [Theory]
    [InlineData(null, 30)]
    [InlineData(0.0, 0)]
    [InlineData(5.0, 5)]
    [InlineData(-0.001, 24 * 86_400)]
    [InlineData(1e9, 24 * 86_400)]
    public void An_infinite_timeout_is_a_long_one(double? seconds, double expected) =>
        Assert.Equal(TimeSpan.FromSeconds(expected), ShutdownLimit.Of(seconds is { } set ? TimeSpan.FromSeconds(set) : null));
}
