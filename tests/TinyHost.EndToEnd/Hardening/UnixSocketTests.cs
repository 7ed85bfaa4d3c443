// Owns: that prefixes on Unix sockets serve curl, nginx and HAProxy, and that the clients of proxies keep their addresses.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Hardening;

public sealed class UnixSocketTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string AppPath => Path.Combine(_directory.Path, "app.sock");

    private string MetricsPath => Path.Combine(_directory.Path, "metrics.sock");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_example_serves_its_app_and_its_metrics_on_Unix_sockets()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        await using var daemon = Daemon.Launch(
            Daemon.Hello, null,
            $"--TinyHost:Prefixes:0=http://unix:{AppPath}:/app",
            $"--TinyHost:Prefixes:metrics:Url=http://unix:{MetricsPath}",
            "--TinyHost:Prefixes:metrics:Mode=0660",
            "--TinyHost:Metrics:Prefix=metrics");
        await daemon.WaitForOutputAsync($"Listening on http://unix:{MetricsPath}");
        Assert.Contains($"Listening on http://unix:{AppPath}", daemon.Output.ToString(), StringComparison.Ordinal);
        var (_, mode, _) = await ChildProcess.RunAsync("stat", ["-c", "%a", MetricsPath]);
        Assert.Equal("660", mode.Trim());
        Assert.Equal("Hello from TinyHost!", await CurlAsync(AppPath, "http://localhost/app/hello"));
        Assert.Contains("process_start_time_seconds ", await CurlAsync(MetricsPath, "http://localhost/metrics"), StringComparison.Ordinal);
        Assert.Equal(0, await daemon.TerminateAsync());
        Assert.False(File.Exists(AppPath));
        Assert.False(File.Exists(MetricsPath));
    }

    [Fact]
    public async Task A_daemon_starts_again_after_it_was_killed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        for (var i = 0; i < 2; i++)
        {
            await using var daemon = Daemon.Launch(
                Daemon.Hello, null, $"--TinyHost:Prefixes:0=http://unix:{AppPath}", $"--TinyHost:Metrics:Port={FreePort.Next()}");
            await daemon.WaitForOutputAsync($"Listening on http://unix:{AppPath}");
            Assert.Equal("Hello from TinyHost!", await CurlAsync(AppPath, "http://localhost/hello"));
            await using var second = Daemon.Launch(
                Daemon.Hello, null, $"--TinyHost:Prefixes:0=http://unix:{AppPath}", $"--TinyHost:Metrics:Port={FreePort.Next()}");
            Assert.NotEqual(0, await second.WaitForExitAsync());
            Assert.Contains($"Cannot listen on http://unix:{AppPath}: address in use.", second.ToString(), StringComparison.Ordinal);
            await daemon.KillAsync();
            Assert.True(File.Exists(AppPath));
        }
    }

    [Fact]
    public async Task Curl_reaches_an_abstract_socket()
    {
        var curl = OutsideProgram.Require("curl", package: "curl");
        var name = $"tinyhost-{Guid.NewGuid():N}";
        await using var server = await StartAsync($"http://unix:@{name}");
        var (exitCode, output, errors) = await ChildProcess.RunAsync(
            curl, ["-sS", "--abstract-unix-socket", name, "http://localhost/"]);
        Assert.True(exitCode == 0, errors);
        Assert.Equal("unix: by ", output);
    }

    [Fact]
    public async Task Nginx_names_the_client_in_front_of_a_Unix_socket()
    {
        await using var server = await StartAsync($"http://unix:{AppPath}");
        var port = FreePort.Next();
        await using var proxy = Nginx.Start(
            _directory, port, $"unix:{AppPath}", ["proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"]);
        Assert.Equal("127.0.0.2:0 by ", await UntilAnsweredAsync("127.0.0.2", port));
        Assert.Equal("127.0.0.3:0 by ", await UntilAnsweredAsync("127.0.0.3", port));
    }

    [Theory]
    [InlineData("http", "")]
    [InlineData("http", "send-proxy")]
    [InlineData("tcp", "send-proxy-v2")]
    public async Task HAProxy_names_the_client_in_front_of_a_Unix_socket(string mode, string options)
    {
        await using var server = await StartAsync($"http://unix:{AppPath}", usesHeader: options.Length > 0);
        var port = FreePort.Next();
        await using var proxy = HaProxy.Start(
            _directory, port, [$"mode {mode}"],
            [
                $"mode {mode}", .. mode == "http" ? ["option forwardfor"] : Array.Empty<string>(),
                $"server tinyhost unix@{AppPath} {options}",
            ]);
        foreach (var client in new[] { "127.0.0.2", "127.0.0.3", "127.0.0.2" })
        {
            var answer = await UntilAnsweredAsync(client, port);
            Assert.StartsWith($"{client}:", answer, StringComparison.Ordinal);
            Assert.EndsWith(options.Length > 0 ? " by unix:" : " by ", answer, StringComparison.Ordinal);
        }
    }

    private static async Task<HttpServer> StartAsync(string prefix, bool usesHeader = false)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        var options = new ServerOptions();
        options.Prefixes.Add(prefix, prefix =>
        {
            if (usesHeader)
            {
                prefix.ProxyProtocol.Add("unix");
            }
        });
        var server = new HttpServer(options, Forwarded.Wrap(
            context => context.Response.WriteTextAsync($"{context.Client} by {context.Connection.ProxyEndPoint}"), trusted: "unix"));
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    private static async Task<string> CurlAsync(string path, string url)
    {
        var curl = OutsideProgram.Require("curl", package: "curl");
        var (exitCode, output, errors) = await ChildProcess.RunAsync(curl, ["-sSf", "--unix-socket", path, url]);
        Assert.True(exitCode == 0, errors);
        return output.TrimEnd();
    }

    private static Task<string> UntilAnsweredAsync(string client, int port) => Deadline.UntilAsync(
        "the proxy",
        async () =>
        {
            var curl = OutsideProgram.Require("curl", package: "curl");
            var (exitCode, output, _) = await ChildProcess.RunAsync(
                curl, ["-sSf", "--interface", client, $"http://127.0.0.1:{port}/"]);
            return exitCode == 0 ? output.TrimEnd('\n') : "";
        },
        answer => answer.Length > 0);
}
