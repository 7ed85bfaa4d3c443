// Owns: the first start, deaths, replacement and stop of workers, without processes and by the test's clock.

using TinyHost.Workers.Tests.Support;

namespace TinyHost.Workers.Tests;

public sealed class SupervisorTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly FakeLauncher _launcher = new();
    private readonly RecordingLogger _log = new();
    private readonly Supervisor _supervisor;

    public SupervisorTests()
    {
        var times = new WorkerTimes(Start: TimeSpan.FromSeconds(60), Stop: TimeSpan.FromSeconds(45), _time);
        _supervisor = new Supervisor(3, _launcher, times, _log);
    }

    public void Dispose()
    {
        _supervisor.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task The_first_worker_is_ready_before_the_others_start()
    {
        _launcher.Then = _ => { };
        var starting = _supervisor.StartAsync();
        Assert.Equal([1], _launcher.Started.Select(worker => worker.Number));
        _launcher.Started[0].BecomeReady();
        await Until.TrueAsync(() => _launcher.Started.Count == 3);
        Assert.Equal([1, 2, 3], _launcher.Started.Select(worker => worker.Number));
        Assert.False(starting.IsCompleted);
        _launcher.Started[1].BecomeReady();
        _launcher.Started[2].BecomeReady();
        Assert.Null(await starting);
    }

    [Fact]
    public async Task Not_all_workers_of_many_start_at_a_time()
    {
        var times = new WorkerTimes(Start: TimeSpan.FromSeconds(60), Stop: TimeSpan.FromSeconds(45), _time);
        using var supervisor = new Supervisor(Supervisor.MostStarting + 3, _launcher, times, _log);
        _launcher.Then = worker =>
        {
            if (worker.Number == 1)
            {
                worker.BecomeReady();
            }
        };
        var starting = supervisor.StartAsync();
        await Until.TrueAsync(() => _launcher.Started.Count == Supervisor.MostStarting + 1);
        _launcher.Started[2].BecomeReady();
        await Until.TrueAsync(() => _launcher.Started.Count == Supervisor.MostStarting + 2);
        Assert.Equal(Supervisor.MostStarting + 2, _launcher.Started[^1].Number);

        // The last one is not even tried.
        _launcher.Started[1].End(5);
        foreach (var worker in _launcher.Started.Skip(3))
        {
            worker.BecomeReady();
        }

        Assert.Equal(5, await starting);
        Assert.Equal(Supervisor.MostStarting + 2, _launcher.Started.Count);
    }

    [Fact]
    public async Task A_first_worker_that_cannot_start_ends_the_start_with_its_exit_code()
    {
        _launcher.Then = worker => worker.End(7);
        Assert.Equal(7, await _supervisor.StartAsync());
        Assert.Single(_launcher.Started);
    }

    [Fact]
    public async Task A_later_worker_that_cannot_start_stops_those_that_run()
    {
        _launcher.Then = worker =>
        {
            if (worker.Number == 2)
            {
                worker.End(3);
            }
            else
            {
                worker.BecomeReady();
            }
        };
        Assert.Equal(3, await _supervisor.StartAsync());
        var others = _launcher.Started.Where(worker => worker.Number != 2).ToList();
        // The third has started only if it did so before the failure of the second was known.
        Assert.Equal(1, others[0].Number);
        Assert.All(others, worker => Assert.Equal([WorkerOrder.Stop], worker.Orders));
        Assert.Contains(_log.Entries, entry => entry.Message == "A worker could not start (exit code 3): stopping.");
    }

    [Fact]
    public async Task A_process_that_cannot_be_made_fails_the_start()
    {
        _launcher.Refuses = "Cannot start worker 1 (/no): no such file.";
        var fault = await Assert.ThrowsAsync<ServerStartException>(() => _supervisor.StartAsync());
        Assert.Equal(_launcher.Refuses, fault.Message);
    }

    [Fact]
    public async Task A_worker_that_is_not_ready_in_time_is_killed()
    {
        _launcher.Then = _ => { };
        var starting = _supervisor.StartAsync();
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(_launcher.Started[0].IsKilled);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(137, await starting);
        Assert.True(_launcher.Started[0].IsKilled);
        Assert.Contains(_log.Entries, entry => entry.Message.Contains("was not ready within 60 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_dies_is_started_again_after_a_growing_pause()
    {
        await _supervisor.StartAsync();
        await DieAsync(_launcher.Started[1], "Worker 2, process 102, ended (SIGKILL). It is started again in 0.1 s.");
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await Until.TrueAsync(() => _log.Entries.Any(entry => entry.Message == "Worker 2 is ready: process 104."));
        await DieAsync(_launcher.Started[3], "Worker 2, process 104, ended (SIGKILL). It is started again in 0.2 s.");
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(4, _launcher.Started.Count);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await Until.TrueAsync(() => _launcher.Started.Count == 5);
        Assert.Equal(2, _launcher.Started[4].Number);
    }

    [Fact]
    public async Task A_worker_that_dies_before_it_is_ready_again_is_tried_again()
    {
        await _supervisor.StartAsync();
        _launcher.Then = worker => worker.End(1);
        await DieAsync(_launcher.Started[0], "Worker 1, process 101, ended (SIGKILL). It is started again in 0.1 s.");
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await LoggedAsync("Worker 1 could not be started: exit code 1.");
        await Until.TrueAsync(() => _time.TimerCount == 1);
        _launcher.Then = worker => worker.BecomeReady();
        _time.Advance(TimeSpan.FromSeconds(0.2));
        await LoggedAsync("Worker 1 is ready: process 105.");
    }

    [Fact]
    public async Task An_unexpected_exception_is_logged_and_the_worker_tried_again()
    {
        await _supervisor.StartAsync();
        _launcher.Then = _ => throw new InvalidOperationException("no memory");
        await DieAsync(_launcher.Started[0], "Worker 1, process 101, ended (SIGKILL). It is started again in 0.1 s.");
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await LoggedAsync("Worker 1 could not be started: no memory");
        await Until.TrueAsync(() => _time.TimerCount == 1);
        _launcher.Then = worker => worker.BecomeReady();
        _time.Advance(TimeSpan.FromSeconds(0.2));
        await LoggedAsync("Worker 1 is ready: process 105.");
    }

    [Fact]
    public async Task Workers_are_replaced_one_at_a_time_and_each_new_one_is_ready_before_the_old_one_leaves()
    {
        await _supervisor.StartAsync();
        _launcher.Then = _ => { };
        _launcher.Started[0].Obeys = false;
        var replacing = _supervisor.ReplaceAsync();
        await Until.TrueAsync(() => _launcher.Started.Count == 4);
        Assert.Empty(_launcher.Started[0].Orders);
        _launcher.Started[3].BecomeReady();
        await Until.TrueAsync(() => _launcher.Started[0].Orders.Count == 1);
        Assert.Equal(WorkerOrder.Leave, _launcher.Started[0].Orders[0]);
        Assert.Equal(4, _launcher.Started.Count);
        _launcher.Then = worker => worker.BecomeReady();
        _launcher.Started[0].End(0);
        Assert.True(await replacing);
        Assert.Equal([1, 2, 3], _launcher.Started.Skip(3).Select(worker => worker.Number));
        Assert.All(_launcher.Started.Take(3), worker => Assert.Equal([WorkerOrder.Leave], worker.Orders));
        Assert.DoesNotContain(_log.Entries, entry => entry.Message.Contains("started again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_replacement_that_cannot_start_leaves_the_old_workers()
    {
        await _supervisor.StartAsync();
        _launcher.Then = worker => worker.End(1);
        Assert.False(await _supervisor.ReplaceAsync());
        Assert.Equal(4, _launcher.Started.Count);
        Assert.All(_launcher.Started.Take(3), worker => Assert.Empty(worker.Orders));
        Assert.Contains(_log.Entries, entry => entry.Message == "A worker could not be replaced: it and those after it go on.");
    }

    [Fact]
    public async Task A_new_worker_that_dies_while_the_old_one_drains_is_started_again()
    {
        await _supervisor.StartAsync();
        _launcher.Started[0].Obeys = false;
        _ = _supervisor.ReplaceAsync();
        await Until.TrueAsync(() => _launcher.Started.Count == 4 && _launcher.Started[0].Orders.Count == 1);
        await DieAsync(_launcher.Started[3], "Worker 1, process 104, ended (SIGKILL). It is started again in 0.1 s.");
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await LoggedAsync("Worker 1 is ready: process 105.");
    }

    [Fact]
    public async Task A_worker_that_was_replaced_while_it_was_away_is_not_started_twice()
    {
        await _supervisor.StartAsync();
        await DieAsync(_launcher.Started[0], "Worker 1, process 101, ended (SIGKILL). It is started again in 0.1 s.");
        Assert.True(await _supervisor.ReplaceAsync());
        Assert.Equal(6, _launcher.Started.Count);
        _time.Advance(TimeSpan.FromSeconds(1));
        await _supervisor.StopAsync();
        Assert.Equal(6, _launcher.Started.Count);
    }

    [Fact]
    public async Task A_stop_tells_all_workers_and_waits_for_them()
    {
        await _supervisor.StartAsync();
        _launcher.Started[2].Obeys = false;
        var stopping = _supervisor.StopAsync();
        Assert.All(_launcher.Started, worker => Assert.Equal([WorkerOrder.Stop], worker.Orders));
        Assert.False(stopping.IsCompleted);
        _supervisor.Hurry();
        Assert.Equal([WorkerOrder.Stop, WorkerOrder.Hurry], _launcher.Started[2].Orders);
        _launcher.Started[2].End(0);
        await stopping;
        Assert.Equal(3, _launcher.Started.Count);
    }

    [Fact]
    public async Task A_worker_that_does_not_stop_is_killed()
    {
        await _supervisor.StartAsync();
        _launcher.Started[0].Obeys = false;
        var stopping = _supervisor.StopAsync();
        _time.Advance(TimeSpan.FromSeconds(44));
        Assert.False(_launcher.Started[0].IsKilled);
        _time.Advance(TimeSpan.FromSeconds(1));
        await stopping;
        Assert.True(_launcher.Started[0].IsKilled);
        Assert.Contains(_log.Entries, entry => entry.Message.Contains("did not stop within 45 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stop_ends_a_start_in_progress_and_the_pause_after_a_death()
    {
        await _supervisor.StartAsync();
        await DieAsync(_launcher.Started[0], "Worker 1, process 101, ended (SIGKILL). It is started again in 0.1 s.");
        _launcher.Then = _ => { };
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await Until.TrueAsync(() => _launcher.Started.Count == 4);
        await _supervisor.StopAsync();
        Assert.Equal([WorkerOrder.Stop], _launcher.Started[3].Orders);
        Assert.False(await _supervisor.ReplaceAsync());
        Assert.Equal(4, _launcher.Started.Count);
    }

    private async Task DieAsync(FakeWorker worker, string message)
    {
        worker.End(137);
        await LoggedAsync(message);
        // The pause has begun.
        await Until.TrueAsync(() => _time.TimerCount > 0);
    }

    private Task LoggedAsync(string message) => Until.TrueAsync(() => _log.Entries.Any(entry => entry.Message == message));
}
