// Owns: a clock that stands still until it is set on.

namespace TinyHost.Metrics.Tests.Support;

internal sealed class SetClock : TimeProvider
{
    internal TimeSpan Passed { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_500) + Passed;

    public override long GetTimestamp() => Passed.Ticks;
}
