// Owns: running wrk, and rejecting runs with failed requests.

using System.ComponentModel;
using System.Diagnostics;

namespace TinyHost.Bench.Measuring;

internal static class Wrk
{
    // wrk also counts connections that a server closes at the end of a run.
    private const double MaxErrorRatio = 0.001;

    /// <summary>Runs the load against the port. Throws <see cref="BenchException"/> if wrk is not installed or requests fail.</summary>
    public static async Task<WrkOutput> RunAsync(
        WrkLoad load, string scheme, int port, int seconds, CancellationToken cancellationToken)
    {
        using var process = Start(new ProcessStartInfo("wrk", load.Arguments(port, seconds, scheme))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        try
        {
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            var text = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
            {
                throw new BenchException($"wrk exited with code {process.ExitCode}: {await error} {text}");
            }

            var output = WrkOutput.Parse(text);
            return output.NotSuccessful > 0
                ? throw new BenchException($"{output.NotSuccessful} of {output.Requests} responses were neither 2xx nor 3xx.")
                : output.SocketErrors > MaxErrorRatio * output.Requests
                ? throw new BenchException($"wrk counted {output.SocketErrors} socket errors in {output.Requests} requests.")
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
            throw new BenchException($"Could not start wrk: {e.Message}. Install the Debian package wrk.");
        }
    }
}
