// Owns: tests of running one health check for many probes.

using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class CheckRunnerTests
{
    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();
    private int _runs;

    [Fact]
    public async Task A_result_is_kept_for_its_lifetime()
    {
        var runner = Runner(_ => Task.FromResult(HealthResult.Unhealthy($"run {Interlocked.Increment(ref _runs)}")));
        Assert.Equal("database: unhealthy: run 1", (await runner.ReadAsync()).ToString());
        _time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal("database: unhealthy: run 1", (await runner.ReadAsync()).ToString());
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("database: unhealthy: run 2", (await runner.ReadAsync()).ToString());
    }

    [Fact]
    public async Task Reads_during_a_run_share_it()
    {
        var release = new TaskCompletionSource<HealthResult>();
        var runner = Runner(_ =>
        {
            Interlocked.Increment(ref _runs);
            return release.Task;
        });
        var readings = Enumerable.Range(0, 100).Select(_ => runner.ReadAsync()).ToArray();
        release.SetResult(HealthResult.Degraded("slow"));
        Assert.All(await Task.WhenAll(readings), reading => Assert.Equal("database: degraded: slow", reading.ToString()));
        Assert.Equal(1, _runs);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_check_that_hangs_is_reported_at_its_deadline_and_not_started_again_before_it_ends(bool blocksThread)
    {
        using var unblock = new ManualResetEventSlim();
        var release = new TaskCompletionSource<HealthResult>();
        CancellationToken seen = default;
        var runner = Runner(cancellationToken =>
        {
            seen = cancellationToken;
            if (Interlocked.Increment(ref _runs) > 1)
            {
                return Task.FromResult(HealthResult.Healthy);
            }

            if (blocksThread)
            {
                unblock.Wait(TestTimeout.Long, CancellationToken.None);
            }

            return release.Task;
        });
        var first = await BeginAsync(runner);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("database: unhealthy: no answer for 5 s", (await first).ToString());
        await Until.TrueAsync(() => seen.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(60));
        var second = runner.ReadAsync();
        Assert.True(second.IsCompleted);
        Assert.Equal("database: unhealthy: no answer for 65 s", (await second).ToString());
        Assert.Equal(1, _runs);
        unblock.Set();
        release.SetResult(HealthResult.Healthy);
        await Until.TrueAsync(() => runner.ReadAsync() is { IsCompleted: true, Result.Result.State: HealthState.Healthy });
        Assert.Equal(2, _runs);
        Assert.Equal(
            [(LogLevel.Warning, "Health check database: unhealthy: no answer for 5 s."),
            (LogLevel.Information, "Health check database: healthy again.")],
            _log.Entries.Select(entry => (entry.Level, entry.Message)));
    }

    [Fact]
    public async Task A_check_has_a_deadline_of_its_own()
    {
        var check = new HealthCheck("slow", _ => new TaskCompletionSource<HealthResult>().Task) { Timeout = TimeSpan.FromSeconds(20) };
        var reading = await BeginAsync(Runner(check));
        _time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(reading.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("slow: unhealthy: no answer for 20 s", (await reading).ToString());
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new HealthCheck("slow", _ => Task.FromResult(HealthResult.Healthy)) { Timeout = TimeSpan.Zero });
    }

    [Fact]
    public async Task An_exception_is_unhealthy_with_its_type_and_logged_once_with_its_message()
    {
        var runner = Runner(_ => throw new InvalidOperationException("password=secret"));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("database: unhealthy: threw InvalidOperationException", (await runner.ReadAsync()).ToString());
            _time.Advance(TimeSpan.FromSeconds(2));
        }

        var entry = Assert.Single(_log.Entries);
        Assert.Equal("password=secret", entry.Exception!.Message);
    }

    [Fact]
    public async Task A_check_that_returns_no_task_is_unhealthy()
    {
        var reading = await Runner(_ => null!).ReadAsync();
        Assert.Equal("database: unhealthy: threw InvalidOperationException", reading.ToString());
        Assert.Contains("database returned null", Assert.Single(_log.Entries).Exception!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callback_that_throws_at_the_deadline_affects_nothing_else()
    {
        var registered = new TaskCompletionSource();
        var runner = Runner(cancellationToken =>
        {
            cancellationToken.Register(() => throw new InvalidOperationException("No."));
            registered.SetResult();
            return new TaskCompletionSource<HealthResult>().Task;
        });
        var reading = await BeginAsync(runner);
        await registered.Task.WaitAsync(TestTimeout.Long);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("database: unhealthy: no answer for 5 s", (await reading).ToString());
        await Until.TrueAsync(() => _log.Entries.Any(
            entry => entry.Message.Contains("A cancellation callback of health check database", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("a\r\nb\tc", "database: unhealthy: a  b c")]
    [InlineData(null, "database: unhealthy")]
    public async Task A_reading_is_one_line(string? reason, string expected) =>
        Assert.Equal(expected, (await Runner(_ => Task.FromResult(HealthResult.Unhealthy(reason))).ReadAsync()).ToString());

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\nb")]
    public void A_name_without_visible_characters_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => new HealthCheck(name, _ => Task.FromResult(HealthResult.Healthy)));

    private CheckRunner Runner(Func<CancellationToken, Task<HealthResult>> check) => Runner(new HealthCheck("database", check));

    private CheckRunner Runner(HealthCheck check) =>
        new(check, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), _time, new ObserverGuard(_log));

    private async Task<Task<HealthReading>> BeginAsync(CheckRunner runner)
    {
        var reading = runner.ReadAsync();
        await Until.TrueAsync(() => _time.TimerCount == 1);
        return reading;
    }
}
