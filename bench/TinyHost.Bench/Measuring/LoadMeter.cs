// Owns: the one way a server is measured under load: what wrk sees, and what the server's processes use meanwhile.
// Does not own: the order of servers and rounds (LoadWorkload).

using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

internal static class LoadMeter
{
    /// <summary>Puts the load on the server for so many seconds.</summary>
    public static async Task<LoadSample> MeasureAsync(RunningServer server, WrkLoad load, int seconds, CancellationToken cancellationToken)
    {
        var processes = new ProcessTree(server.ProcessId);
        try
        {
            var before = processes.ProcessorMicroseconds();
            var output = await Wrk.RunAsync(load, server.Port, seconds, cancellationToken);
            var used = processes.ProcessorMicroseconds() - before;
            return new LoadSample(output, used / output.Requests, processes.ResidentBytes());
        }
        catch (BenchException e)
        {
            throw new BenchException($"{server.Server.Title}: {e.Message}");
        }
    }
}
