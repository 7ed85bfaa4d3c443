// Owns: the tests' daemon as a parent and its workers.

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using TinyHost.EndToEnd.Support;

namespace TinyHost.Workers.Tests.Support;

/// <summary>On free ports of the loopback interface. Disposing it kills all processes.</summary>
internal sealed class WorkersDaemon : IAsyncDisposable
{
    internal const int SigHup = 1;
    internal const int SigInt = 2;
    internal const int SigKill = 9;
    internal const int SigTerm = 15;
    internal const int SigCont = 18;
    internal const int SigStop = 19;

    private WorkersDaemon(ChildProcess parent, int appPort, int metricsPort)
    {
        (Parent, AppPort, MetricsPort) = (parent, appPort, metricsPort);
        App = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{appPort}/"), Timeout = Deadline.Limit };
        Metrics = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{metricsPort}/"), Timeout = Deadline.Limit };
        App.DefaultRequestHeaders.ConnectionClose = true;
    }

    internal ChildProcess Parent { get; }

    internal int AppPort { get; }

    internal int MetricsPort { get; }

    /// <summary>Each request has a connection of its own.</summary>
    internal HttpClient App { get; }

    internal HttpClient Metrics { get; }

    /// <summary>Starts the daemon, and waits until all workers are ready.</summary>
    internal static async Task<WorkersDaemon> StartAsync(int workers, params string[] arguments)
    {
        var daemon = Launch([], null, ["--workers", $"{workers}", .. arguments]);
        await daemon.Parent.WaitForOutputAsync($"All {workers} workers are ready.");
        return daemon;
    }

    /// <summary>Starts the daemon by a command before its own, and does not wait.</summary>
    internal static WorkersDaemon Launch(string[] before, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone hands sockets to other processes.");
        var (app, metrics) = (FreePort.Next(), FreePort.Next());
        string[] command =
        [
            .. before, "dotnet", Repository.BuiltFile(Daemon.Tests, "TinyHost.EndToEnd.Daemon.dll"), .. Daemon.Ports(app, metrics),
            .. arguments,
        ];
        return new WorkersDaemon(ChildProcess.Start(command[0], command[1..], environment), app, metrics);
    }

    /// <summary>The process that answers a new connection.</summary>
    internal async Task<int> ProcessIdAsync() => int.Parse(
        await App.GetStringAsync("restart/process", TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);

    /// <summary>The workers by their numbers, as the parent lists them.</summary>
    internal async Task<IReadOnlyList<(int Number, int ProcessId, string Target)>> WorkersAsync()
    {
        using var list = JsonDocument.Parse(await Metrics.GetStringAsync("-/workers", TestContext.Current.CancellationToken));
        return
        [
            .. list.RootElement.EnumerateArray().Select(one => (
                int.Parse(one.GetProperty("labels").GetProperty("worker").GetString()!, CultureInfo.InvariantCulture),
                int.Parse(one.GetProperty("labels").GetProperty("pid").GetString()!, CultureInfo.InvariantCulture),
                one.GetProperty("targets")[0].GetString()!)),
        ];
    }

    internal void Signal(int signal) => Signal(Parent.Id, signal);

    internal static void Signal(int processId, int signal) => Assert.Equal(0, Kill(processId, signal));

    internal static bool Exists(int processId) => Directory.Exists($"/proc/{processId}");

    public async ValueTask DisposeAsync()
    {
        App.Dispose();
        Metrics.Dispose();
        await Parent.DisposeAsync();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
