// Owns: a built daemon of this repository as a process, with an app port and a metrics port of its own.
// Does not own: what tests ask of it.

namespace TinyHost.EndToEnd.Support;

/// <summary>One of the examples, or the tests' own daemon, on free ports of the loopback.</summary>
internal sealed class Daemon : IAsyncDisposable
{
    private Daemon(ChildProcess process, int appPort, int metricsPort)
    {
        Process = process;
        AppPort = appPort;
        MetricsPort = metricsPort;
        // Both by address: no name to resolve, and no test meets another's connection.
        App = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{appPort}/"), Timeout = Deadline.Limit };
        Metrics = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{metricsPort}/"), Timeout = Deadline.Limit };
    }

    public const string Hello = "examples/Hello";
    public const string JsonRpc = "examples/JsonRpc";
    public const string Tests = "tests/TinyHost.EndToEnd.Daemon";

    public ChildProcess Process { get; }

    public int AppPort { get; }

    public int MetricsPort { get; }

    public HttpClient App { get; }

    public HttpClient Metrics { get; }

    /// <summary>Starts a daemon and waits until it says that it listens.</summary>
    public static Task<Daemon> StartAsync(string project, params string[] arguments) => StartAsync(project, environment: null, arguments);

    /// <summary>Starts a daemon with more in its environment and waits until it says that it listens.</summary>
    public static async Task<Daemon> StartAsync(string project, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var (appPort, metricsPort) = (FreePort.Next(), FreePort.Next());
        var process = Launch(project, environment, [.. Ports(appPort, metricsPort), .. arguments]);
        var daemon = new Daemon(process, appPort, metricsPort);
        try
        {
            await process.WaitForOutputAsync("Listening on");
            return daemon;
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a daemon with these arguments alone, and waits for nothing.</summary>
    public static ChildProcess Launch(string project, IReadOnlyDictionary<string, string>? environment, params string[] arguments) =>
        ChildProcess.Start("dotnet", [Repository.BuiltFile(project, AssemblyOf(project)), .. arguments], environment);

    /// <summary>The settings that put a daemon on these ports of the loopback.</summary>
    public static string[] Ports(int appPort, int metricsPort) =>
    [
        $"--TinyHost:Prefixes:0=http://127.0.0.1:{appPort}/",
        $"--TinyHost:Prefixes:1=http://127.0.0.1:{metricsPort}/",
        $"--TinyHost:Metrics:Port={metricsPort}",
    ];

    /// <summary>The metrics as they are now.</summary>
    public async Task<Exposition> ScrapeAsync() => new(await Metrics.GetStringAsync("/metrics", TestContext.Current.CancellationToken));

    public async ValueTask DisposeAsync()
    {
        App.Dispose();
        Metrics.Dispose();
        await Process.DisposeAsync();
    }

    private static string AssemblyOf(string project) => Path.GetFileName(project) + ".dll";
}
