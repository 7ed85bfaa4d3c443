// Owns: the JSON-RPC example under Wine, as a console program and as a Windows service.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class WindowsTests(WindowsExample example) : IClassFixture<WindowsExample>
{
    [Fact]
    public async Task The_example_runs_as_a_Windows_program()
    {
        var wine = example.Wine;
        var (app, metrics) = (FreePort.Next(), FreePort.Next());
        await using var program = wine.Start([await example.ProgramAsync(), .. Daemon.Ports(app, metrics)]);

        await program.WaitForOutputAsync("Application started");
        await CheckAsync(app, metrics);
        Assert.Equal(0, await program.InterruptAsync());
    }

    [Fact]
    public async Task The_example_runs_as_a_Windows_service()
    {
        var wine = example.Wine;
        var program = await example.ProgramAsync();
        var (app, metrics) = (FreePort.Next(), FreePort.Next());
        // Wine ends its services with its last program, so this program waits for input that never arrives. It also starts Wine itself,
        // whose processes keep the output of the command that started them open; the output of the commands below must end.
        await using var keepAlive = wine.Start("cmd", "/c", "echo started & set /p never=");
        await keepAlive.WaitForOutputAsync("started");

        await wine.RunAsync("sc", "create", Service, "binPath=", string.Join(' ', [program, .. Daemon.Ports(app, metrics)]));
        await wine.RunAsync("net", "start", Service);
        await WaitForStateAsync(wine, "RUNNING");
        await CheckAsync(app, metrics);

        await wine.RunAsync("net", "stop", Service);
        var stopped = await WaitForStateAsync(wine, "STOPPED");
        Assert.Matches(@"WIN32_EXIT_CODE\s*: 0 ", stopped);
        Assert.Matches(@"SERVICE_EXIT_CODE\s*: 0 ", stopped);
        using var http = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(
            () => http.GetAsync(new Uri($"http://127.0.0.1:{app}/"), TestContext.Current.CancellationToken));
    }

    private static async Task CheckAsync(int app, int metrics)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{app}/"), Timeout = Deadline.Limit };
        // A service is RUNNING shortly before its server listens.
        var reply = await Deadline.UntilAsync("a reply", () => http.CallAsync("add", "[1,2]"), _ => true);
        Assert.Equal("""{"jsonrpc":"2.0","result":3,"id":1}""", reply);
        var scrape = await http.GetStringAsync(new Uri($"http://127.0.0.1:{metrics}/metrics"), TestContext.Current.CancellationToken);
        Assert.Contains("rpc_server_call_duration_seconds_count", scrape, StringComparison.Ordinal);
    }

    private static Task<string> WaitForStateAsync(Wine wine, string state) => Deadline.UntilAsync(
        $"the service to be {state}",
        () => wine.RunAsync("sc", "query", Service),
        output => output.Contains(state, StringComparison.Ordinal));

    private const string Service = "TinyHostTest";
}
