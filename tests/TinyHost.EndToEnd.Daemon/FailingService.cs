// Owns: a background service that throws when a request asks it to.
// Does not own: what the host makes of it.

using Microsoft.Extensions.Hosting;

namespace TinyHost.EndToEnd.Daemon;

internal sealed class FailingService : BackgroundService
{
    public Task FailAsync(RequestContext context)
    {
        _told.TrySetResult();
        return context.Response.WriteTextAsync("told");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _told.Task.WaitAsync(stoppingToken);
        throw new InvalidOperationException("This service fails when told to.");
    }

    private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
