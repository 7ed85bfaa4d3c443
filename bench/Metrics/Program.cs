// Owns: the entry point, of the comparison and of its peers.

using System.Globalization;
using System.Runtime.InteropServices;
using TinyHost.Metrics.Benchmarks;

if (args is ["peer", var name, var role])
{
    await using Peer peer = name == "tinyhost" ? new TinyHostPeer() : new OpenTelemetryPeer();
    await PeerLoop.RunAsync(peer, role);
    return;
}

if (args is ["app"])
{
    await ScrapedApp.RunAsync();
    return;
}

string[] parts = ["recording", "exposition", "latency"];
var rounds = 7;
for (var i = 0; i < args.Length; i += 2)
{
    switch (args[i])
    {
        case "--only" when i + 1 < args.Length:
            parts = args[i + 1].Split(',');
            break;
        case "--rounds" when i + 1 < args.Length && int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out rounds):
            break;
        default:
            Console.Error.WriteLine("Usage: bench/Metrics/run [--only recording,exposition,latency] [--rounds 7]");
            Environment.ExitCode = 2;
            return;
    }
}

var report = new Report();
report.Line("# Cost of metrics");
report.Line();
report.Line(
    $"Written by `bench/Metrics/run`: {rounds} rounds, in which the peers take turns, each in its own process; "
    + $"{Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}.");
report.Line();
foreach (var missing in Contender.Missing)
{
    report.Line($"{missing} was not measured: it could not be built on this machine.");
    report.Line();
}

if (parts.Contains("recording"))
{
    RecordingComparison.Run(report, rounds);
}

if (parts.Contains("exposition"))
{
    await ExpositionComparison.RunAsync(report, rounds);
}

if (parts.Contains("latency"))
{
    await LatencyComparison.RunAsync(report, Math.Min(rounds, 4));
}

report.Save(Repository.Path("bench/METRICS.md"));
