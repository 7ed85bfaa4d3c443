// Owns: how the examples start, refuse to start, and stop.
// Does not own: the forms of prefixes and settings (TinyHost.Tests).

using System.Net;
using System.Net.Sockets;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class StartTests
{
    [Theory]
    [InlineData(Daemon.Hello)]
    [InlineData(Daemon.JsonRpc)]
    public async Task An_example_says_what_it_listens_on_and_stops_at_once_when_told(string project)
    {
        foreach (var stop in new Func<ChildProcess, Task<int>>[] { process => process.TerminateAsync(), process => process.InterruptAsync() })
        {
            await using var daemon = await Daemon.StartAsync(project);
            await daemon.Process.WaitForOutputAsync("Application started");
            Assert.Contains($"Listening on http://127.0.0.1:{daemon.AppPort}/", daemon.Process.Output.ToString(), StringComparison.Ordinal);
            Assert.Contains($"Listening on http://127.0.0.1:{daemon.MetricsPort}/", daemon.Process.Output.ToString(), StringComparison.Ordinal);

            Assert.Equal(0, await stop(daemon.Process));
            Assert.Equal("", daemon.Process.Errors.ToString());
        }
    }

    [Theory]
    [InlineData(Daemon.Hello)]
    [InlineData(Daemon.JsonRpc)]
    public async Task An_example_takes_its_settings_from_the_environment(string project)
    {
        var (appPort, metricsPort) = (FreePort.Next(), FreePort.Next());
        await using var process = Daemon.Launch(project, new Dictionary<string, string>
        {
            ["TinyHost__Prefixes__0"] = $"http://127.0.0.1:{appPort}/",
            ["TinyHost__Prefixes__1"] = $"http://127.0.0.1:{metricsPort}/",
            ["TinyHost__Metrics__Port"] = $"{metricsPort}",
        });

        await process.WaitForOutputAsync($"Listening on http://127.0.0.1:{metricsPort}/");

        using var http = new HttpClient();
        using var metrics = await http.GetAsync($"http://127.0.0.1:{metricsPort}/metrics", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, metrics.StatusCode);
    }

    [Theory]
    [InlineData("+")]
    [InlineData("localhost")]
    public async Task Without_IPv6_a_wildcard_and_localhost_serve_IPv4_alone(string host)
    {
        var (appPort, metricsPort) = (FreePort.Next(), FreePort.Next());
        await using var process = Daemon.Launch(Daemon.Hello, new Dictionary<string, string>
        {
            ["DOTNET_SYSTEM_NET_DISABLEIPV6"] = "1",
            ["TinyHost__Prefixes__0"] = $"http://{host}:{appPort}/",
            ["TinyHost__Prefixes__1"] = $"http://{host}:{metricsPort}/",
            ["TinyHost__Metrics__Port"] = $"{metricsPort}",
        });

        await process.WaitForOutputAsync($":{metricsPort}/");

        Assert.DoesNotContain("[::", process.Output.ToString(), StringComparison.Ordinal);
        using var http = new HttpClient();
        Assert.Equal("Hello from TinyHost!", await http.GetStringAsync($"http://127.0.0.1:{appPort}/hello", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(Daemon.Hello)]
    [InlineData(Daemon.JsonRpc)]
    public async Task A_port_in_use_ends_an_example_with_one_line(string project)
    {
        using var holder = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var taken = FreePort.Next();
        holder.Bind(new IPEndPoint(IPAddress.Loopback, taken));
        holder.Listen();

        await AssertEndsWithLineAsync(project, Daemon.Ports(FreePort.Next(), taken), $"Cannot listen on http://127.0.0.1:{taken}/: address in use.");
    }

    [Theory]
    [InlineData("--TinyHost:Prefixes:0=8080", "not a prefix: '8080'")]
    [InlineData("--TinyHost:Prefixes:0=http://127.0.0.1:70000/", "'70000'")]
    [InlineData("--TinyHost:Prefixes:0=http://tinyhost.example:8080/", "'tinyhost.example'")]
    [InlineData("--TinyHost:Prefixes:0=https://+:8443/", "'https'")]
    [InlineData("--TinyHost:Prefixes:0=http://192.0.2.1:8080/", "http://192.0.2.1:8080/")]
    [InlineData("--TinyHost:Metrics:Port=9", "port 9 (TinyHost:Metrics:Port)")]
    [InlineData("--TinyHost:Metrics:Port=metrics", "TinyHost:Metrics:Port")]
    [InlineData("--TinyHost:Metrics:DisableGc=perhaps", "TinyHost:Metrics:DisableGc")]
    [InlineData("--TinyHost:Metrics:Prot=9100", "unknown setting TinyHost:Metrics:Prot ")]
    [InlineData("--TinyHost:Limits:MaxFieldLines=many", "TinyHost:Limits:MaxFieldLines")]
    [InlineData("--TinyHost:Limits:IdleTimeout=-1", "TinyHost:Limits:IdleTimeout")]
    [InlineData("--TinyHost:Limits:MaxThings=1", "TinyHost:Limits:MaxThings")]
    [InlineData("--TinyHost:Limits:IdleTimeout=24:00:00", "TinyHost:Limits:IdleTimeout is '24:00:00'; it must be a time in seconds")]
    [InlineData("--TinyHost:Metrics:CacheLifetime=1.00:00:00", "TinyHost:Metrics:CacheLifetime is '1.00:00:00'; it must be a time in seconds")]
    [InlineData("--TinyHost:Limits=5", "TinyHost:Limits is '5'; it must be a section")]
    [InlineData("--TinyHost:Metrics=5", "TinyHost:Metrics is '5'; it must be a section")]
    [InlineData("--TinyHost:Limits:IdleTimeout:0=5", "TinyHost:Limits:IdleTimeout has settings below it")]
    [InlineData("--JsonRpc:NoContentStatus=200", "JsonRpc:NoContentStatus")]
    [InlineData("--JsonRpc:MaxBatchsize:0=1", "JsonRpc:MaxBatchsize has settings below it")]
    [InlineData("--JsonRpc:MaxBatch=1", "unknown setting JsonRpc:MaxBatch ")]
    [InlineData("--JsonRpc=1", "JsonRpc is '1'; it must be a section")]
    [InlineData("--JsonRpc:MaxBatchSize=0", "JsonRpc:MaxBatchSize")]
    public async Task A_bad_setting_ends_an_example_with_one_line_that_names_it(string setting, string named) =>
        await AssertEndsWithLineAsync(Daemon.JsonRpc, [.. Daemon.Ports(FreePort.Next(), FreePort.Next()), setting], named);

    private static async Task AssertEndsWithLineAsync(string project, string[] arguments, string expected)
    {
        await using var process = Daemon.Launch(project, environment: null, arguments);

        Assert.Equal(1, await process.WaitForExitAsync());

        var line = Assert.Single(process.Errors.ToString().Split('\n'));
        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.EndsWith(".", line, StringComparison.Ordinal);
        Assert.DoesNotContain("Listening on", process.Output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.Output.ToString(), StringComparison.Ordinal);
    }
}
