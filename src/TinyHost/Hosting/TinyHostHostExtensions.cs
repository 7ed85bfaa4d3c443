// Owns: the last line of a daemon's Main: run, and turn a failed start into one line for each server and an exit code.
// Does not own: the host, which logs every other failure.

using System.Runtime.ExceptionServices;
using TinyHost;

namespace Microsoft.Extensions.Hosting;

/// <summary>Running a host as a program.</summary>
public static class TinyHostHostExtensions
{
    /// <summary>
    /// Runs the host until it is told to stop, and returns the exit code for the process: 0, or 1 when a server could not start, after
    /// writing the one sentence of each <see cref="ServerStartException"/> to standard error. Every other exception is thrown on.
    /// </summary>
    public static async Task<int> RunTinyHostAsync(this IHost host, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        try
        {
            await host.RunAsync(cancellationToken).ConfigureAwait(false);
            return 0;
        }
        catch (ServerStartException e)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return 1;
        }
        catch (AggregateException e) when (HasStartFault(e))
        {
            // Services that start at the same time (HostOptions.ServicesStartConcurrently) can fail at the same time.
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
