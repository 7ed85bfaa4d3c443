// Owns: the last line of a daemon's Main: runs the host, and turns a failed start into one line for each server and an exit code.

using System.Runtime.ExceptionServices;
using Microsoft.Extensions.DependencyInjection;
using TinyHost;

namespace Microsoft.Extensions.Hosting;

/// <summary>Running a host as a program.</summary>
public static class TinyHostHostExtensions
{
    /// <summary>
    /// Runs the host until it stops, and returns the exit code of the process: 0, also for a stop during the start, or 1 when a server
    /// could not start. Then the sentence of each <see cref="ServerStartException"/> is written to standard error. Other exceptions are
    /// thrown on. A terminal shows what is listened on at the start, and what was served at the stop; the setting <c>TinyHost:Console</c>
    /// decides otherwise.
    /// </summary>
    public static async Task<int> RunTinyHostAsync(this IHost host, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        var stopping = host.Services.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        try
        {
            // Its last lines follow those of the log, which end with the host.
            using var console = HostConsole.Of(host.Services);
            await host.RunAsync(cancellationToken).ConfigureAwait(false);
            return 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped before it had started, as by SIGTERM, which is no fault.
            return 0;
        }
        catch (ServerStartException e)
        {
            SystemdNotifier.ReportStartFault(e);
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return 1;
        }
        catch (AggregateException e) when (HasStartFault(e))
        {
            // With HostOptions.ServicesStartConcurrently several services can fail.
            await WriteStartFaultsAsync(e).ConfigureAwait(false);
            ThrowOthers(e);
            return 1;
        }
    }

    private static bool HasStartFault(AggregateException faults) =>
        faults.Flatten().InnerExceptions.Any(fault => fault is ServerStartException);

    private static async Task WriteStartFaultsAsync(AggregateException faults)
    {
        foreach (var fault in faults.Flatten().InnerExceptions.OfType<ServerStartException>())
        {
            await Console.Error.WriteLineAsync(fault.Message).ConfigureAwait(false);
        }
    }

    private static void ThrowOthers(AggregateException faults)
    {
        Exception[] others = [.. faults.Flatten().InnerExceptions.Where(fault => fault is not ServerStartException)];
        switch (others)
        {
            case []:
                return;
            case [var other]:
                ExceptionDispatchInfo.Throw(other);
                return;
            default:
                throw new AggregateException(others);
        }
    }
}
