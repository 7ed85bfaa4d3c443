// Owns: how the examples start, fail to start, and stop.

using System.Net;
using System.Net.Sockets;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class StartTests
{
    [Theory]
    [InlineData(Daemon.Hello)]
    [InlineData(Daemon.JsonRpc)]
    public async Task An_example_logs_its_addresses_and_stops_cleanly_on_a_signal(string project)
    {
        Func<ChildProcess, Task<int>>[] stops = [process => process.TerminateAsync(), process => process.InterruptAsync()];
        foreach (var stop in stops)
        {
            await using var daemon = await Daemon.StartAsync(project);
            await daemon.Process.WaitForOutputAsync("Application started");
            var output = daemon.Process.Output.ToString();
            Assert.Contains($"Listening on http://127.0.0.1:{daemon.AppPort}/", output, StringComparison.Ordinal);
            Assert.Contains($"Listening on http://127.0.0.1:{daemon.MetricsPort}/", output, StringComparison.Ordinal);

            Assert.Equal(0, await stop(daemon.Process));
            Assert.Equal("", daemon.Process.Errors.ToString());
        }
    }

    [Theory]
    [InlineData(Daemon.Hello)]
    [InlineData(Daemon.JsonRpc)]
    public async Task An_example_reads_its_settings_from_the_environment(string project)
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
    public async Task Without_IPv6_a_wildcard_and_localhost_serve_IPv4_only(string host)
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
        var page = await http.GetStringAsync($"http://127.0.0.1:{appPort}/hello", TestContext.Current.CancellationToken);
        Assert.Equal("Hello from TinyHost!", page);
    }

    [Theory]
    [InlineData(Daemon.Hello)]
    [InlineData(Daemon.JsonRpc)]
    public async Task An_example_whose_port_is_in_use_prints_one_line_and_exits(string project)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var port = FreePort.Next();
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        socket.Listen();

        await AssertExitsWithLineAsync(
            project, Daemon.Ports(FreePort.Next(), port), $"Cannot listen on http://127.0.0.1:{port}/: address in use.");
    }

    [Theory]
    [InlineData("--TinyHost:Prefixes:0=8080", "not a prefix: '8080'")]
    [InlineData("--TinyHost:Prefixes:0=http://127.0.0.1:70000/", "'70000'")]
    [InlineData("--TinyHost:Prefixes:0=http://tinyhost.example:8080/", "'tinyhost.example'")]
    [InlineData("--TinyHost:Prefixes:0=https://+:8443/", "https://+:8443/: it has no certificate; set Certificate to ")]
    [InlineData("--TinyHost:Prefixes:0=ftp://+:8443/", "the scheme 'ftp' is not served, only http and https")]
    [InlineData("--TinyHost:Prefixes:0=http://192.0.2.1:8080/", "http://192.0.2.1:8080/")]
    [InlineData("--TinyHost:Metrics:Port=0", "TinyHost:Metrics:Port is '0'; it must be a port number from 1 to 65535.")]
    [InlineData("--TinyHost:Limits:MaxRequestBodySize=30MB", "it must be a whole number of bytes from 0 to ")]
    [InlineData("--TinyHost:Metrics:Port=metrics", "TinyHost:Metrics:Port")]
    [InlineData("--TinyHost:Metrics:DisableGc=perhaps", "TinyHost:Metrics:DisableGc")]
    [InlineData("--TinyHost:Metrics:Prot=9100", "unknown setting TinyHost:Metrics:Prot. ")]
    [InlineData("--TinyHost:Limits:MaxFieldLines=many", "TinyHost:Limits:MaxFieldLines")]
    [InlineData("--TinyHost:Limits:IdleTimeout=-1", "TinyHost:Limits:IdleTimeout")]
    [InlineData("--TinyHost:Limits:MaxThings=1", "TinyHost:Limits:MaxThings")]
    [InlineData("--TinyHost:Limits:IdleTimeout=24:00:00", "TinyHost:Limits:IdleTimeout is '24:00:00'; it must be a time in seconds")]
    [InlineData(
        "--TinyHost:Metrics:CacheLifetime=1.00:00:00", "TinyHost:Metrics:CacheLifetime is '1.00:00:00'; it must be a time in seconds")]
    [InlineData("--TinyHost:Limits=5", "TinyHost:Limits is '5'; it must be a section")]
    [InlineData("--TinyHost:Metrics=5", "TinyHost:Metrics is '5'; it must be a section")]
    [InlineData("--TinyHost:Limits:IdleTimeout:0=5", "TinyHost:Limits:IdleTimeout has settings below it")]
    [InlineData("--JsonRpc:NoContentStatus=200", "JsonRpc:NoContentStatus")]
    [InlineData("--JsonRpc:MaxBatchsize:0=1", "JsonRpc:MaxBatchsize has settings below it")]
    [InlineData("--JsonRpc:MaxBatch=1", "unknown setting JsonRpc:MaxBatch. ")]
    [InlineData("--JsonRpc=1", "JsonRpc is '1'; it must be a section")]
    [InlineData("--JsonRpc:MaxBatchSize=0", "JsonRpc:MaxBatchSize")]
    public async Task An_example_with_an_invalid_setting_prints_one_line_that_names_it_and_exits(string setting, string expected) =>
        await AssertExitsWithLineAsync(Daemon.JsonRpc, [.. Daemon.Ports(FreePort.Next(), FreePort.Next()), setting], expected);

    private static async Task AssertExitsWithLineAsync(string project, string[] arguments, string expected)
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
