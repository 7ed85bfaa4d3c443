// Owns: a real Pushgateway.

namespace TinyHost.EndToEnd.Support;

internal sealed class PushgatewayServer : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly HttpClient _http;

    private PushgatewayServer(ChildProcess process, Uri address)
    {
        _process = process;
        Address = address;
        _http = new HttpClient { BaseAddress = address, Timeout = Deadline.Limit };
    }

    public Uri Address { get; }

    /// <summary>Starts one and waits until it listens.</summary>
    public static async Task<PushgatewayServer> StartAsync()
    {
        var program = OutsideProgram.Require("prometheus-pushgateway", package: "prometheus-pushgateway");
        var port = FreePort.Next();
        var process = ChildProcess.Start(program, [$"--web.listen-address=127.0.0.1:{port}"]);
        var gateway = new PushgatewayServer(process, new Uri($"http://127.0.0.1:{port}/"));
        await Deadline.UntilAsync("the Pushgateway", () => gateway._http.GetStringAsync("-/ready"), _ => true);
        return gateway;
    }

    /// <summary>Its exposition. Fails if it logged an error.</summary>
    public async Task<Exposition> ScrapeAsync()
    {
        var scrape = new Exposition(await _http.GetStringAsync("metrics", TestContext.Current.CancellationToken));
        Assert.DoesNotContain("level=error", _process.Errors.ToString(), StringComparison.Ordinal);
        return scrape;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
    }
}
