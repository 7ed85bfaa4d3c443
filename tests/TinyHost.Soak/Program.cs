// Owns: the commands, and the checks at the end of each. Exits with 0, or with 1 and a message.

using System.Diagnostics;
using System.Globalization;
using TinyHost.Soak;
using TinyHost.Tests.LeftBehindMatrix;
using TinyHost.Tests.Support;

var command = args.FirstOrDefault();
var seconds = 60.0;
if (args is ["stops"])
{
    return await RunStopsAsync();
}

if (command is not ("left-behind" or "soak" or "logins")
    || !(args.Length == 1 || (args is [_, "--seconds", var number] && double.TryParse(number, CultureInfo.InvariantCulture, out seconds)))
    || seconds is not (> 0 and <= 86_400))
{
    Console.Error.WriteLine("Usage: (left-behind | soak | logins) [--seconds N] or stops. The default is 60 seconds.");
    return 2;
}

AppDomain.CurrentDomain.UnhandledException += (_, e) =>
{
    Console.Error.WriteLine($"FAILED: unhandled exception: {e.ExceptionObject}");
    Environment.Exit(1);
};
string? unobserved = null;
TaskScheduler.UnobservedTaskException += (_, e) => unobserved ??= $"Unobserved task exception: {e.Exception}";

if (command == "logins")
{
    var stalled = await Logins.RunAsync(TimeSpan.FromSeconds(seconds));
    Console.Error.Write(stalled is null ? "" : $"FAILED: {stalled}\n");
    return stalled is null ? 0 : 1;
}

using var observers = command == "soak" ? new ThrowingObservers() : null;
await using var server = new SoakServer(observers);
await server.StartAsync();
var coverage = new LeftBehindCoverage();
var cells = LeftBehindCell.All.ToArray();
var seeds = 0;
var load = new Load(workers: 16, random => command == "soak" && random.Next(4) > 0
    ? Peers.All[random.Next(Peers.All.Count)](server.EndPoint, random)
    : LeaveWorkBehindAsync());
var failure = await RunAsync();
Console.WriteLine($"{load.Connections:N0} connections. Left behind: {coverage}. Observer failures: {observers?.Failures ?? 0:N0}.");
if (failure is null)
{
    return 0;
}

Console.Error.WriteLine($"FAILED: {failure}");
return 1;

async Task<int> RunStopsAsync()
{
    var stops = new StopLoad(connections: 200, drainDelay: TimeSpan.FromSeconds(0.5));
    await stops.RunAsync(stops: 20);
    Console.WriteLine($"20 stops under the load of 200 connections: {stops.Answered:N0} requests answered.");
    if (stops.Failure is not null)
    {
        Console.Error.WriteLine($"FAILED: {stops.Failure}");
    }

    return stops.Failure is null ? 0 : 1;
}

async Task LeaveWorkBehindAsync()
{
    var seed = Interlocked.Increment(ref seeds);
    if (await server.RunAsync(new LiveConnection(cells[seed % cells.Length], seed, coverage)) is { } found)
    {
        throw new SoakException(found);
    }
}

// Takes the first sample after a minute, or after a quarter of the time if that is shorter. Returns a failure, or null.
async Task<string?> RunAsync()
{
    var warmUp = TimeSpan.FromSeconds(Math.Min(60, seconds / 4));
    await load.RunAsync(warmUp);
    if (load.Failure is not null || await MeasureWhenIdleAsync() is not { } first)
    {
        return load.Failure ?? StillOpen();
    }

    Console.WriteLine($"After {warmUp.TotalSeconds:0.#} s: {first}.");
    await load.RunAsync(TimeSpan.FromSeconds(seconds) - warmUp);
    if (load.Failure is not null || await MeasureWhenIdleAsync() is not { } last)
    {
        return load.Failure ?? StillOpen();
    }

    Console.WriteLine($"After {seconds} s: {last}.");
    await server.StopAsync().WaitAsync(TimeSpan.FromSeconds(60));
    return last.DescribeGrowthSince(first) ?? unobserved
        ?? (SharedPool.LendsAnArrayTwice() ? "The shared pool lends the same array twice." : null);
}

string StillOpen() => $"{server.ActiveConnections} connections are still open although every peer has left.";

// Every peer has left: waits up to a minute for the server to close its connections. Null if it does not.
async Task<Footprint?> MeasureWhenIdleAsync()
{
    for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromMinutes(1);)
    {
        if (server.ActiveConnections == 0)
        {
            // Give the last connections time to become garbage.
            await Task.Delay(TimeSpan.FromSeconds(3));
            return Footprint.Now();
        }

        await Task.Delay(100);
    }

    return null;
}
