// Owns: the life of a worker process.

using System.Runtime.InteropServices;
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
        var kept = handover.Sockets.Kept;
        using var link = new ParentLink(
            seat.Channel, servers, (() => kept.IsHandedOver = true, () => Unshare(kept)), lifetime, ShutdownLimit.Of(services));
        link.Start();
        // The parent replaces this process. The signal would end it where it reaches every process, as from systemctl kill.
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, static signal => signal.Cancel = true);
        using var ready = lifetime.ApplicationStarted.Register(link.SendReady);
        return await host.RunTinyHostAsync(cancellationToken).ConfigureAwait(false);
    }

    // Every process with these sockets stops: peers are to be refused, instead of waiting in a queue that nobody empties.
    private static void Unshare(KeptSockets sockets)
    {
        foreach (var listener in sockets.Open)
        {
            listener.IsShared = false;
        }
    }
}
