// Owns: running wrk, and refusing a run whose requests failed.
// Does not own: what its output means (WrkOutput).

using System.ComponentModel;
using System.Diagnostics;

namespace TinyHost.Bench.Measuring;

internal static class Wrk
{
    // wrk counts what a server cuts off at the end of a run.
    private const double ErrorsAllowed = 0.001;

    /// <summary>Runs the load against the port. Throws <see cref="BenchException"/> when wrk is not there or requests failed.</summary>
    public static async Task<WrkOutput> RunAsync(WrkLoad load, int port, int seconds, CancellationToken cancellationToken)
    {
        using var process = Start(new ProcessStartInfo("wrk", load.Arguments(port, seconds)) { RedirectStandardOutput = true, RedirectStandardError = true });
        try
        {
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            var text = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
            {
                throw new BenchException($"wrk ended with {process.ExitCode}: {await error} {text}");
            }

            var output = WrkOutput.Parse(text);
            return output.NotSuccessful > 0 ? throw new BenchException($"{output.NotSuccessful} of {output.Requests} responses were neither 2xx nor 3xx.")
                : output.SocketErrors > ErrorsAllowed * output.Requests ? throw new BenchException($"wrk met {output.SocketErrors} socket errors in {output.Requests} requests.")
                : output;
        }
        finally
        {
            process.Kill();
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new BenchException($"wrk cannot be started: {e.Message}. It is in Debian's package wrk.");
        }
    }
}
