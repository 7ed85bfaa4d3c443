// Owns: the entry point: arguments, signals, exit code.

using System.Net.Sockets;
using System.Runtime.InteropServices;
using TinyHost.Bench;
using TinyHost.Bench.Workloads;

using var cancellation = new CancellationTokenSource();
// Ctrl-C and SIGTERM end the run in order: it stops every server it started.
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    var settings = Settings.Parse(args, Catalog.Names);
    var driver = new Driver(settings, Console.Out);
    if (settings.List)
    {
        driver.List();
    }
    else if (settings.Check)
    {
        await driver.CheckAsync(cancellation.Token);
    }
    else
    {
        await driver.MeasureAsync(cancellation.Token);
    }

    return 0;
}
catch (BenchException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
catch (Exception e) when (e is HttpRequestException or SocketException or IOException)
{
    await Console.Error.WriteLineAsync($"A server or its connection failed during the run: {e.Message}");
    return 1;
}
catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("Interrupted.");
    return 130;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    cancellation.Cancel();
}
