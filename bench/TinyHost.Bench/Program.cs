// Owns: the driver's life: arguments in, exit code out, and an end in between when it is told to.
// Does not own: the run (Driver).

using System.Net.Sockets;
using System.Runtime.InteropServices;
using TinyHost.Bench;
using TinyHost.Bench.Workloads;

using var end = new CancellationTokenSource();
// Ctrl-C and TERM end the run in order: every server it started is stopped before it goes.
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
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
        await driver.CheckAsync(end.Token);
    }
    else
    {
        await driver.MeasureAsync(end.Token);
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
catch (OperationCanceledException) when (end.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("Stopped before the end.");
    return 130;
}

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    end.Cancel();
}
