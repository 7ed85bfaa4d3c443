// Owns: the last line of a daemon's Main that runs workers: what this process is, one of three.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TinyHost;
using TinyHost.Workers;

namespace Microsoft.Extensions.Hosting;

/// <summary>Running a host as a program of several processes.</summary>
public static class TinyHostWorkersHostExtensions
{
    /// <summary>
    /// Runs this program as a parent and <paramref name="workers"/> worker processes, until SIGTERM or Ctrl-C, and returns the exit code:
    /// 0, or that of a worker that could not start. The parent binds the prefixes of the host's servers and hands the sockets to the
    /// workers, processes of the same program with the same arguments, in each of which the host runs. The parent serves nothing but the
    /// monitoring ports; the host's services do not start there. It starts a worker again that ends, and at SIGHUP it replaces the workers
    /// one at a time. With 0 workers, the default, the host runs in this process, as with <c>RunTinyHostAsync</c>. The setting
    /// <c>TinyHost:Workers</c> overrides the number, and <c>--workers</c> on the command line overrides both.
    /// </summary>
    /// <remarks>
    /// The sentence of a <see cref="ServerStartException"/> is written to standard error, and the exit code is 1. Other exceptions are
    /// thrown on. Only Linux hands sockets to other processes; elsewhere a number of workers fails the start.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="workers"/> is below 0 or above 1,024.</exception>
    /// <exception cref="InvalidOperationException">The host has no server: nothing has called <c>AddTinyHost</c>.</exception>
    public static async Task<int> RunTinyHostWorkersAsync(this IHost host, int workers = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentOutOfRangeException.ThrowIfNegative(workers);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(workers, WorkerSettings.MostWorkers);
        var services = host.Services;
        var handover = services.GetService<HostHandover>()
            ?? throw new InvalidOperationException("The host has no server: call AddTinyHost on its services.");
        handover.HasWorkerSettings = true;
        try
        {
            var settings = WorkerSettings.Read(services.GetService<IConfiguration>(), workers);
            if (WorkerSeat.Take() is { } seat)
            {
                return await WorkerRun.RunAsync(host, seat, settings, cancellationToken).ConfigureAwait(false);
            }

            if (settings.Count > 0)
            {
                return await ParentRun.RunAsync(host, settings, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (ServerStartException e)
        {
            SystemdNotifier.ReportStartFault(e);
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return 1;
        }

        return await host.RunTinyHostAsync(cancellationToken).ConfigureAwait(false);
    }
}
