// Owns: the life of a worker process.

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace TinyHost.Workers;

internal static class WorkerRun
{
    /// <summary>Runs the host with the sockets of the parent. Throws <see cref="ServerStartException"/>.</summary>
    internal static async Task<int> RunAsync(
        IHost host, WorkerSeat seat, WorkerSettings settings, CancellationToken cancellationToken)
    {
        var services = host.Services;
        var handover = services.GetRequiredService<HostHandover>();
        handover.Use(seat.OpenSockets(settings.MetricsAddress));
        HostedServer[] servers =
            [.. services.GetRequiredService<ServerNames>().Keys.Select(key => services.GetRequiredKeyedService<HostedServer>(key))];
        var lifetime = services.GetRequiredService<IHostApplicationLifetime>();
        using var link = new ParentLink(seat.Channel, servers, handover.Sockets.Kept, lifetime, ShutdownTimeout.Find(services));
        link.Start();
        using var ready = lifetime.ApplicationStarted.Register(link.SendReady);
        return await host.RunTinyHostAsync(cancellationToken).ConfigureAwait(false);
    }
}
