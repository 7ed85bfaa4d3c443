using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Batch;

[Collection(ServersAlone.Name)]
public sealed class PeriodicPushTests : IAsyncLifetime
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();
    private readonly ServiceProvider _services;
    private readonly BatchJob _job;
    private StandInGateway _gateway = null!;

    public PeriodicPushTests()
    {
        _services = Services.WithLog(_log);
        _job = new BatchJob(services: _services);
        _job.Done();
    }

    public async ValueTask InitializeAsync() => _gateway = await StandInGateway.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _job.Dispose();
        await _services.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task It_pushes_at_the_interval_and_once_more_when_it_stops()
    {
        using var push = Push();
        await push.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 1; i <= 3; i++)
        {
            await UntilWaitingAsync();
            Assert.Equal(i - 1, _gateway.Requests.Count);
            _time.Advance(s_interval);
            await Until.TrueAsync(() => _gateway.Requests.Count == i);
        }

        _job.Done();
        await push.StopAsync(TestContext.Current.CancellationToken);
        await push.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(4, _gateway.Requests.Count);
        Assert.All(_gateway.Requests, request => Assert.Equal(("PUT", "/metrics/job/nightly"), (request.Method, request.Path)));
        Assert.EndsWith("done_total 1\n", _gateway.Requests[2].Text, StringComparison.Ordinal);
        Assert.EndsWith("done_total 2\n", _gateway.Requests[3].Text, StringComparison.Ordinal);
        Assert.Equal(0, _time.TimerCount);
    }

    [Fact]
    public async Task Pushes_do_not_overlap()
    {
        var release = new TaskCompletionSource();
        _gateway.Answer = _ => release.Task;
        using var push = Push();
        await push.StartAsync(TestContext.Current.CancellationToken);
        await UntilWaitingAsync();
        _time.Advance(s_interval);
        await Until.TrueAsync(() => _gateway.Requests.Count == 1);
        _time.Advance(10 * s_interval);
        Assert.Equal(0, _time.TimerCount);
        release.SetResult();
        await UntilWaitingAsync();
        Assert.Single(_gateway.Requests);
        await push.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_outage_is_logged_once_and_so_is_its_end()
    {
        var status = 500;
        _gateway.Answer = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };
        using var push = Push();
        await push.StartAsync(TestContext.Current.CancellationToken);
        foreach (var next in (int[])[500, 500, 200, 200, 500, 500])
        {
            await UntilWaitingAsync();
            status = next;
            _time.Advance(s_interval);
        }

        await UntilWaitingAsync();
        var name = $"{_gateway.Address}metrics/job/nightly";
        Assert.Equal(
            [$"The push to {name} failed. It is tried again every 00:01:00; further failures are not logged until one succeeds.",
                $"The push to {name} succeeds again.",
                $"The push to {name} failed. It is tried again every 00:01:00; further failures are not logged until one succeeds."],
            _log.Entries.Select(entry => entry.Message));
        Assert.Equal([LogLevel.Warning, LogLevel.Information, LogLevel.Warning], _log.Entries.Select(entry => entry.Level));
        await push.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            (LogLevel.Error, $"The last push to {name} failed; the gateway keeps what was pushed before."),
            (_log.Entries[3].Level, _log.Entries[3].Message));
        Assert.IsType<HttpRequestException>(_log.Entries[3].Exception);
    }

    [Fact]
    public async Task It_can_delete_the_group_when_it_stops()
    {
        using var push = Push(deleteAtStop: true);
        await push.StartAsync(TestContext.Current.CancellationToken);
        await UntilWaitingAsync();
        _time.Advance(s_interval);
        await UntilWaitingAsync();
        await push.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["PUT", "DELETE"], _gateway.Requests.Select(request => request.Method));
    }

    [Fact]
    public async Task A_deletion_that_fails_is_logged()
    {
        _gateway.Answer = context =>
        {
            context.Response.StatusCode = 403;
            return Task.CompletedTask;
        };
        using var push = Push(deleteAtStop: true);
        await push.StartAsync(TestContext.Current.CancellationToken);
        await push.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            $"Deleting {_gateway.Address}metrics/job/nightly failed; the gateway keeps what was pushed before.",
            Assert.Single(_log.Entries).Message);
    }

    [Fact]
    public async Task A_push_in_progress_gives_way_to_the_last()
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gateway.Answer = _ => _gateway.Requests.Count == 1 ? first.Task : Task.CompletedTask;
        using var push = Push();
        await push.StartAsync(TestContext.Current.CancellationToken);
        await UntilWaitingAsync();
        _time.Advance(s_interval);
        await Until.TrueAsync(() => _gateway.Requests.Count == 1);
        await push.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, _gateway.Requests.Count);
        Assert.Empty(_log.Entries);
        first.SetResult();
    }

    [Fact]
    public async Task The_token_of_the_stop_ends_the_wait_for_the_gateway()
    {
        var never = new TaskCompletionSource();
        _gateway.Answer = _ => never.Task;
        using var push = Push();
        await push.StartAsync(TestContext.Current.CancellationToken);
        using var cancel = new CancellationTokenSource();
        var stop = push.StopAsync(cancel.Token);
        await Until.TrueAsync(() => _gateway.Requests.Count == 1);
        await cancel.CancelAsync();
        await stop;
        Assert.IsAssignableFrom<OperationCanceledException>(Assert.Single(_log.Entries).Exception);
        never.SetResult();
    }

    [Fact]
    public async Task One_that_was_never_started_does_not_push()
    {
        using var push = Push();
        await push.StopAsync(TestContext.Current.CancellationToken);
        Assert.Empty(_gateway.Requests);
    }

    [Fact]
    public async Task It_runs_in_a_host()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddHostedService(_ => Push());
        using (var host = builder.Build())
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            Assert.Empty(_gateway.Requests);
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        Assert.EndsWith("done_total 1\n", Assert.Single(_gateway.Requests).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_invalid_interval_is_an_error()
    {
        var group = new PushGateway(_gateway.Address, "nightly");
        foreach (var interval in (TimeSpan[])[TimeSpan.Zero, Timeout.InfiniteTimeSpan, TimeSpan.FromDays(30)])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new PeriodicPush(_job.Metrics, group, interval));
        }
    }

    private PeriodicPush Push(bool deleteAtStop = false) =>
        new(_job.Metrics, new PushGateway(_gateway.Address, "nightly"), s_interval) { DeleteAtStop = deleteAtStop, TimeProvider = _time };

    // The wait for the interval is the only timer of this clock.
    private Task UntilWaitingAsync() => Until.TrueAsync(() => _time.TimerCount == 1);
}
