// Owns: measuring one server under load: the figures of the client, and the processor time and memory of the server's processes.

using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

/// <summary>
/// The figures of the client; the server's user and system time per request, in µs; its resident memory at the end, in bytes.
/// </summary>
internal sealed record LoadSample(WrkOutput Client, double ProcessorMicroseconds, long ResidentBytes);

internal static class LoadMeter
{
    public static async Task<LoadSample> MeasureAsync(RunningServer server, ILoad load, int seconds, CancellationToken cancellationToken)
    {
        var processes = new ProcessTree(server.ProcessId);
        try
        {
            var before = processes.ProcessorMicroseconds();
            var output = await load.RunAsync(server, seconds, cancellationToken);
            if (output.Requests == 0)
            {
                throw new BenchException($"no request was answered within {seconds} s.");
            }

            var used = processes.ProcessorMicroseconds() - before;
            return new LoadSample(output, used / output.Requests, processes.ResidentBytes());
        }
        catch (BenchException e)
        {
            throw new BenchException($"{server.Title}: {e.Message}");
        }
    }
}
