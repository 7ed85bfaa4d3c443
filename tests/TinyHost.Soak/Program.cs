// Owns: the commands, and what must hold at the end of each: exit code 0, or 1 with a sentence.

using System.Diagnostics;
using System.Globalization;
using TinyHost.Soak;
using TinyHost.Tests.LeftBehindMatrix;

var command = args.FirstOrDefault();
var seconds = 60.0;
if (command is not ("left-behind" or "soak")
    || !(args.Length == 1 || (args is [_, "--seconds", var number] && double.TryParse(number, CultureInfo.InvariantCulture, out seconds)))
    || seconds is not (> 0 and <= 86_400))
{
    Console.Error.WriteLine("Usage: left-behind [--seconds N], or soak [--seconds N]; N is 60 by default.");
    return 2;
}

AppDomain.CurrentDomain.UnhandledException += (_, e) =>
{
    Console.Error.WriteLine($"FAILED: an unhandled exception would have ended the process: {e.ExceptionObject}");
    Environment.Exit(1);
};
string? unobserved = null;
TaskScheduler.UnobservedTaskException += (_, e) => unobserved ??= $"A task failed and nobody saw it: {e.Exception}";

using var observers = command == "soak" ? new ThrowingObservers() : null;
await using var server = new SoakServer(observers);
await server.StartAsync();
var coverage = new LeftBehindCoverage();
var cells = LeftBehindCell.All.ToArray();
var peers = Peers.All.Values.ToArray();
var seeds = 0;
var load = new Load(workers: 16, random => command == "soak" && random.Next(4) > 0
    ? peers[random.Next(peers.Length)](server.EndPoint, random)
    : LeaveBehindAsync());
var complaint = await RunAsync();
Console.WriteLine($"{load.Connections:N0} connections. Left behind: {coverage}. Failures of observers: {observers?.Failures ?? 0:N0}.");
if (complaint is null)
{
    return 0;
}

Console.Error.WriteLine($"FAILED: {complaint}");
return 1;

async Task LeaveBehindAsync()
{
    var seed = Interlocked.Increment(ref seeds);
    if (await server.LeaveBehindAsync(new LiveConnection(cells[seed % cells.Length], seed, coverage)) is { } found)
    {
        throw new SoakException(found);
    }
}

// The first sample comes after a minute, or after a quarter of a run that is shorter than four.
async Task<string?> RunAsync()
{
    var beginning = TimeSpan.FromSeconds(Math.Min(60, seconds / 4));
    await load.RunAsync(beginning);
    if (load.Complaint is not null || await QuietAsync() is not { } first)
    {
        return load.Complaint ?? NeverQuiet();
    }

    Console.WriteLine($"After {beginning.TotalSeconds:0.#} s: {first}.");
    await load.RunAsync(TimeSpan.FromSeconds(seconds) - beginning);
    if (load.Complaint is not null || await QuietAsync() is not { } last)
    {
        return load.Complaint ?? NeverQuiet();
    }

    Console.WriteLine($"After {seconds} s: {last}.");
    await server.StopAsync().WaitAsync(TimeSpan.FromSeconds(60));
    return last.GrewSince(first) ?? unobserved ?? (SharedPool.LendsAnArrayTwice() ? "The shared pool lends the same array twice." : null);
}

string NeverQuiet() => $"{server.ActiveConnections} connections are still open although every peer has left.";

// Every peer has left: within a minute the server must notice.
async Task<Footprint?> QuietAsync()
{
    for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromMinutes(1);)
    {
        if (server.ActiveConnections == 0)
        {
            // What ended in the server's last moments is let go of by then.
            await Task.Delay(TimeSpan.FromSeconds(3));
            return Footprint.Now();
        }

        await Task.Delay(100);
    }

    return null;
}
