// Owns: three instances of the JSON-RPC example, each on a loopback address of its own, that restart one at a time.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

/// <summary>The addresses are 127.0.0.11 to 127.0.0.13, with the same ports on each, as on three machines.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    public const int Size = 3;

    private readonly ChildProcess?[] _instances = new ChildProcess?[Size];
    private readonly HttpClient _http = new() { Timeout = Deadline.Limit };
    private readonly int _drainDelay;

    private Fleet(int drainDelay) => _drainDelay = drainDelay;

    public int AppPort { get; } = FreePort.Next();

    public int MetricsPort { get; } = FreePort.Next();

    /// <summary>Starts the instances with a drain delay in seconds.</summary>
    public static async Task<Fleet> StartAsync(int drainDelay)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux, where all of 127.0.0.0/8 is the loopback interface");
        var fleet = new Fleet(drainDelay);
        try
        {
            for (var i = 0; i < Size; i++)
            {
                await fleet.LaunchAsync(i);
            }

            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>The file of a proxy for these instances instead of those at 10.0.0.11 to 10.0.0.13.</summary>
    public DeployedFile Localize(DeployedFile file)
    {
        for (var i = 0; i < Size; i++)
        {
            file = file.Replace($" 10.0.0.1{i + 1}:8080 ", $" {Address(i)}:{AppPort} ");
        }

        return file;
    }

    /// <summary>Stops an instance as a supervisor does, waits for its end, and starts it again.</summary>
    public async Task RestartAsync(int index)
    {
        var instance = _instances[index]!;
        Assert.Equal(0, await instance.TerminateAsync());
        await instance.DisposeAsync();
        await LaunchAsync(index);
    }

    /// <summary>Waits until an instance has answered this number of calls since its start, or a call of the load has failed.</summary>
    public Task WaitForCallsAsync(int index, int calls, RpcLoad load) => Deadline.UntilAsync(
        $"{calls} calls of {Address(index)}",
        async () => new Exposition(await _http.GetStringAsync(
            new Uri($"http://{Address(index)}:{MetricsPort}/metrics"), TestContext.Current.CancellationToken))
            .Sum("rpc_server_call_duration_seconds_count", "rpc_method=\"add\""),
        count => count >= calls || !load.Failures.IsEmpty);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (var instance in _instances.OfType<ChildProcess>())
        {
            await instance.DisposeAsync();
        }
    }

    private static string Address(int index) => $"127.0.0.1{index + 1}";

    private async Task LaunchAsync(int index)
    {
        var instance = Daemon.Launch(
            Daemon.JsonRpc,
            environment: null,
            $"--TinyHost:Prefixes:0=http://{Address(index)}:{AppPort}/",
            $"--TinyHost:Prefixes:1=http://{Address(index)}:{MetricsPort}/",
            $"--TinyHost:Metrics:Port={MetricsPort}",
            $"--TinyHost:DrainDelay={_drainDelay}",
            // The proxy is on the same machine here, where a JSON-RPC server refuses names that it does not know (docs/json-rpc.md).
            $"--JsonRpc:AllowedHosts={RpcLoad.Host}");
        _instances[index] = instance;
        await instance.WaitForOutputAsync("Application started");
    }
}
