// Owns: the pauses before a worker is started again.

namespace TinyHost.Workers.Tests;

public sealed class BackoffTests
{
    [Fact]
    public void Each_death_doubles_the_pause_up_to_a_minute()
    {
        var backoff = new Backoff();
        var pauses = Enumerable.Range(0, 12).Select(_ => backoff.AfterDeath(TimeSpan.FromSeconds(1)).TotalSeconds).ToArray();
        Assert.Equal([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60], pauses);
    }

    [Fact]
    public void A_worker_that_has_run_for_a_minute_starts_the_count_again()
    {
        var backoff = new Backoff();
        backoff.AfterDeath(TimeSpan.Zero);
        backoff.AfterDeath(TimeSpan.Zero);
        Assert.Equal(0.4, backoff.AfterDeath(TimeSpan.FromSeconds(59.9)).TotalSeconds);
        Assert.Equal(0.1, backoff.AfterDeath(TimeSpan.FromSeconds(60)).TotalSeconds);
        Assert.Equal(0.2, backoff.AfterDeath(TimeSpan.Zero).TotalSeconds);
    }
}
