// Owns: the JSON-RPC example under Wine, as a console program and as a Windows service.

using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
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
        await using var keepAlive = await KeepAliveAsync(wine);

        await CreateAsync(wine, Service, program, app, metrics);
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

    [Fact]
    public async Task A_service_that_cannot_start_has_an_exit_code_and_an_event_with_the_reason()
    {
        var wine = example.Wine;
        var program = await example.ProgramAsync();
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var app = ((IPEndPoint)taken.LocalEndPoint!).Port;
        await using var keepAlive = await KeepAliveAsync(wine);

        await CreateAsync(wine, FailingService, program, app, FreePort.Next());
        await wine.RunAsync("net", "start", FailingService);
        // A service that never started is stopped as well, with another code.
        var stopped = await Deadline.UntilAsync(
            "the service to fail",
            () => wine.RunAsync("sc", "query", FailingService),
            output => Regex.IsMatch(output, @"STATE\s*: 1 ") && Regex.IsMatch(output, @"WIN32_EXIT_CODE\s*: 1066 "));
        Assert.Matches(@"SERVICE_EXIT_CODE\s*: 1 ", stopped);
        await keepAlive.WaitForErrorAsync($"Cannot listen on http://127.0.0.1:{app}/: address in use.");
    }

    // Wine ends its services with its last program, so this program waits for input that never arrives. It also starts Wine itself, whose
    // processes keep the output of the command that started them open; the output of the commands that follow must end.
    private static async Task<ChildProcess> KeepAliveAsync(Wine wine)
    {
        var keepAlive = wine.Start("cmd", "/c", "echo started & set /p never=");
        await keepAlive.WaitForOutputAsync("started");
        return keepAlive;
    }

    private static async Task CreateAsync(Wine wine, string service, string program, int app, int metrics) =>
        await wine.RunAsync("sc", "create", service, "binPath=", string.Join(' ', [program, .. Daemon.Ports(app, metrics)]));

    private static async Task CheckAsync(int app, int metrics)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{app}/"), Timeout = Deadline.Limit };
        Assert.Equal("""{"jsonrpc":"2.0","result":3,"id":1}""", await http.CallAsync("add", "[1,2]"));
        var scrape = await http.GetStringAsync(new Uri($"http://127.0.0.1:{metrics}/metrics"), TestContext.Current.CancellationToken);
        Assert.Contains("rpc_server_call_duration_seconds_count", scrape, StringComparison.Ordinal);
    }

    private static Task<string> WaitForStateAsync(Wine wine, string state) => Deadline.UntilAsync(
        $"the service to be {state}",
        () => wine.RunAsync("sc", "query", Service),
        output => output.Contains(state, StringComparison.Ordinal));

    private const string Service = "TinyHostTest";
    private const string FailingService = "TinyHostFailing";
}
