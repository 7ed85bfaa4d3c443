// Owns: a clock that moves only when the test sets it.

namespace TinyHost.Metrics.Tests.Support;

internal sealed class SetClock : TimeProvider
{
    internal TimeSpan Passed { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_500) + Passed;

    public override long GetTimestamp() => Passed.Ticks;
}
