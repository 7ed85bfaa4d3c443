// Owns: a daemon of this repository as a process, with its own application and metrics ports.

namespace TinyHost.EndToEnd.Support;

/// <summary>One of the examples, or the tests' own daemon, on free ports of the loopback interface.</summary>
internal sealed class Daemon : IAsyncDisposable
{
    public const string Hello = "examples/Hello";
    public const string JsonRpc = "examples/JsonRpc";
    public const string PrometheusNet = "examples/PrometheusNet";
    public const string Shop = "examples/Daemon";
    public const string Tests = "tests/TinyHost.EndToEnd.Daemon";

    private Daemon(ChildProcess process, int appPort, int metricsPort)
    {
        Process = process;
        AppPort = appPort;
        MetricsPort = metricsPort;
        // Addresses instead of names need no resolution, and separate clients do not share connections.
        App = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{appPort}/"), Timeout = Deadline.Limit };
        Metrics = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{metricsPort}/"), Timeout = Deadline.Limit };
    }

    public ChildProcess Process { get; }

    public int AppPort { get; }

    public int MetricsPort { get; }

    public HttpClient App { get; }

    public HttpClient Metrics { get; }

    /// <summary>
    /// Keeps the runtime's own memory small: garbage is collected every 4 MiB whatever the size of the processor's cache, and methods are
    /// not compiled twice to profile them.
    /// </summary>
    public static IReadOnlyDictionary<string, string> SmallMemory { get; } =
        new Dictionary<string, string> { ["DOTNET_gcServer"] = "0", ["DOTNET_GCgen0size"] = "400000", ["DOTNET_TieredPGO"] = "0" };

    /// <summary>Starts a daemon and waits until it listens.</summary>
    public static Task<Daemon> StartAsync(string project, params string[] arguments) => StartAsync(project, environment: null, arguments);

    /// <summary>Starts a daemon with additional environment variables and waits until it listens.</summary>
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

    /// <summary>Starts a daemon with only these arguments, without waiting.</summary>
    public static ChildProcess Launch(string project, IReadOnlyDictionary<string, string>? environment, params string[] arguments) =>
        ChildProcess.Start("dotnet", [Repository.BuiltFile(project, AssemblyOf(project)), .. arguments], environment);

    /// <summary>The settings for a daemon on these ports of the loopback interface.</summary>
    public static string[] Ports(int appPort, int metricsPort) =>
    [
        $"--TinyHost:Prefixes:0=http://127.0.0.1:{appPort}/",
        $"--TinyHost:Prefixes:1=http://127.0.0.1:{metricsPort}/",
        $"--TinyHost:Metrics:Port={metricsPort}",
    ];

    /// <summary>The current metrics.</summary>
    public async Task<Exposition> ScrapeAsync() => new(await Metrics.GetStringAsync("/metrics", TestContext.Current.CancellationToken));

    public async ValueTask DisposeAsync()
    {
        App.Dispose();
        Metrics.Dispose();
        await Process.DisposeAsync();
    }

    private static string AssemblyOf(string project) => Path.GetFileName(project) + ".dll";
}
