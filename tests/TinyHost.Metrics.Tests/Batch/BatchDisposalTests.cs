using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Batch;

/// <summary>What becomes of a delivery when the batch is disposed, or the caller loses patience, before it has what it delivers.</summary>
[Collection(ServersAlone.Name)]
public sealed class BatchDisposalTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tinyhost-batch").FullName;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private string Target => Path.Combine(_directory, "job.prom");

    public void Dispose()
    {
        _release.TrySetResult();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_batch_disposed_while_it_collects_delivers_nothing_and_says_so()
    {
        await using var gateway = await StandInGateway.StartAsync();
        foreach (var deliver in Deliveries(gateway.Address))
        {
            Task delivery;
            _release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using (var job = new BatchJob(Hang))
            {
                job.Done();
                delivery = deliver(job.Metrics, TestContext.Current.CancellationToken);
            }

            _release.TrySetResult();
            var error = await Assert.ThrowsAsync<ObjectDisposedException>(() => delivery);
            Assert.Contains("Await the delivery first", error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(gateway.Requests);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_disposed_batch_delivers_nothing_and_says_so(bool exportersAlone)
    {
        await using var gateway = await StandInGateway.StartAsync();
        var job = new BatchJob(options =>
        {
            options.Exporters.Add(new StandInExporter("a 1\n"));
            (options.ExportersAlone, options.FailOnError) = (exportersAlone, true);
        });
        job.Dispose();
        foreach (var deliver in Deliveries(gateway.Address))
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => deliver(job.Metrics, TestContext.Current.CancellationToken));
        }

        Assert.Empty(gateway.Requests);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task A_batch_disposed_after_it_has_collected_delivers()
    {
        var received = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var gateway = await StandInGateway.StartAsync();
        gateway.Answer = _ =>
        {
            received.SetResult();
            return _release.Task;
        };
        Task push;
        using (var job = new BatchJob())
        {
            job.Done();
            push = job.Metrics.PushAsync(new PushGateway(gateway.Address, "job"), TestContext.Current.CancellationToken);
            await received.Task;
        }

        _release.SetResult();
        await push;
        Assert.Contains("done_total 1\n", Assert.Single(gateway.Requests).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_token_ends_a_delivery_that_still_collects(bool exporterHangs)
    {
        await using var gateway = await StandInGateway.StartAsync();
        using var job = new BatchJob(options =>
        {
            options.CallbackTimeout = TimeSpan.FromDays(1);
            if (exporterHangs)
            {
                Hang(options);
            }
        });
        if (!exporterHangs)
        {
            job.Meter.CreateObservableGauge("hangs", () =>
            {
                _asked.TrySetResult();
                _release.Task.Wait(CancellationToken.None);
                return 1;
            });
        }

        foreach (var deliver in Deliveries(gateway.Address))
        {
            using var cancel = new CancellationTokenSource();
            var delivery = deliver(job.Metrics, cancel.Token);
            await _asked.Task;
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivery);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => deliver(job.Metrics, cancel.Token));
        }

        Assert.Empty(gateway.Requests);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task The_deadline_of_a_push_includes_the_collection()
    {
        await using var gateway = await StandInGateway.StartAsync();
        using var job = new BatchJob(Hang);
        var push = new PushGateway(gateway.Address, "job") { Deadline = TimeSpan.FromMilliseconds(50) };
        var error = await Assert.ThrowsAsync<TimeoutException>(() => job.Metrics.PushAsync(push, TestContext.Current.CancellationToken));
        Assert.Equal($"{gateway.Address}metrics/job/job did not answer within 00:00:00.0500000.", error.Message);
        Assert.Empty(gateway.Requests);
    }

    private void Hang(MetricsOptions options)
    {
        options.CallbackTimeout = TimeSpan.FromDays(1);
        options.Exporters.Add(new StandInExporter("a 1\n")
        {
            Before = _ =>
            {
                _asked.TrySetResult();
                return _release.Task;
            },
        });
    }

    private Func<BatchMetrics, CancellationToken, Task>[] Deliveries(Uri gateway) =>
    [
        (batch, token) => batch.WriteFileAsync(Target, token),
        (batch, token) => batch.PushAsync(gateway, "job", TimeSpan.FromMinutes(1), token),
        (batch, token) => batch.PushAsync(new PushGateway(gateway, "job"), token),
        (batch, token) => batch.PushAddAsync(new PushGateway(gateway, "job"), token),
    ];
}
