// Owns: the last line of a daemon's Main: run, and turn a start that failed into one line and an exit code.
// Does not own: the host, which logs whatever else goes wrong.

using Microsoft.Extensions.Hosting;

namespace TinyHost;

/// <summary>Running a host as a program.</summary>
public static class TinyHostRun
{
    /// <summary>
    /// Runs the host until it is told to stop, and returns the exit code for the process: 0, or 1 when the server could not start,
    /// after writing the one sentence of the <see cref="ServerStartException"/> to standard error. Everything else is thrown on.
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
    }
}
