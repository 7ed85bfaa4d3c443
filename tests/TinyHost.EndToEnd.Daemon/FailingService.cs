// Owns: a background service that throws when a request asks it to.

using Microsoft.Extensions.Hosting;

namespace TinyHost.EndToEnd.Daemon;

internal sealed class FailingService : BackgroundService
{
    public Task FailAsync(RequestContext context)
    {
        _requested.TrySetResult();
        return context.Response.WriteTextAsync("failing");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _requested.Task.WaitAsync(stoppingToken);
        throw new InvalidOperationException("This service fails on request.");
    }

    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
