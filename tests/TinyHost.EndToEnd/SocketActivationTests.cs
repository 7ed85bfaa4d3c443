// Owns: that a daemon serves the sockets that systemd-socket-activate passes to it, as systemd would.

using System.Globalization;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class SocketActivationTests : IDisposable
{
    private const int CloseOnExec = 0b10_000_000_000_000_000_000;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Sockets_find_their_prefixes_by_name_and_by_address_and_path()
    {
        var (app, metrics, unwanted, own) = (FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next());
        var path = Path.Combine(_directory.Path, "a.sock");
        await using var daemon = Activate(
            [$"127.0.0.1:{app}", path, $"127.0.0.1:{metrics}", $"127.0.0.1:{unwanted}"],
            "unknown:unknown:metrics:spare",
            $"--TinyHost:Prefixes:0=http://+:{app}/",
            $"--TinyHost:Prefixes:1=http://unix:{path}",
            "--TinyHost:Prefixes:metrics:Url=http://127.0.0.1:0/",
            $"--TinyHost:Prefixes:own:Url=http://127.0.0.1:{own}/",
            "--TinyHost:Metrics:Prefix=metrics");
        using var http = new HttpClient { Timeout = Deadline.Limit };
        // Sent before the daemon runs.
        var first = UntilAnsweredAsync(http, $"http://127.0.0.1:{app}/id/first");
        await daemon.WaitForOutputAsync($"Listening on http://127.0.0.1:{app}/, a socket that systemd passed");
        await daemon.WaitForOutputAsync($"Listening on http://unix:{path}, a socket that systemd passed");
        await daemon.WaitForOutputAsync($"Listening on http://127.0.0.1:{metrics}/, a socket that systemd passed as 'metrics'");
        await daemon.WaitForOutputAsync($"No prefix wants a socket that systemd passed, 127.0.0.1:{unwanted} named 'spare'");
        var line = await daemon.WaitForOutputAsync($"Listening on http://127.0.0.1:{own}/");
        Assert.DoesNotContain("passed", line, StringComparison.Ordinal);
        Assert.Equal("first", await first);
        Assert.Equal("own", await http.GetStringAsync($"http://127.0.0.1:{own}/id/own", TestContext.Current.CancellationToken));
        Assert.Contains(
            "process_start_time_seconds ",
            await http.GetStringAsync($"http://127.0.0.1:{metrics}/metrics", TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        var curl = OutsideProgram.Require("curl", package: "curl");
        var (_, answer, _) = await ChildProcess.RunAsync(curl, ["-sSf", "--unix-socket", path, "http://localhost/id/unix"]);
        Assert.Equal("unix", answer.Trim());
        foreach (var name in new[] { "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES" })
        {
            var url = $"http://127.0.0.1:{app}/environment/{name}";
            Assert.Equal("", await http.GetStringAsync(url, TestContext.Current.CancellationToken));
        }

        // The Unix socket has got another descriptor.
        foreach (var descriptor in new[] { 3, 5, 6 })
        {
            Assert.NotEqual(0, FlagsOf(daemon.Id, descriptor) & CloseOnExec);
        }

        Assert.Equal(0, await daemon.TerminateAsync());
        // Whoever has made the socket removes it.
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task A_shell_between_is_named_as_the_reason_why_no_socket_is_used()
    {
        var (activated, own) = (FreePort.Next(), FreePort.Next());
        await using var daemon = Start(
            [$"127.0.0.1:{activated}"], "web",
            [
                "/bin/sh", "-c",
                $"{Dotnet()} {DaemonPath()} --TinyHost:Prefixes:web:Url=http://127.0.0.1:{own}/ --Test:Metrics=false; exit $?",
            ]);
        using var http = new HttpClient { Timeout = Deadline.Limit };
        await daemon.WaitForErrorAsync("Listening on");
        using var connection = new System.Net.Sockets.TcpClient("127.0.0.1", activated);
        await daemon.WaitForOutputAsync("Ignoring LISTEN_FDS: the sockets were passed to process ");
        Assert.Equal("x", await UntilAnsweredAsync(http, $"http://127.0.0.1:{own}/id/x"));
    }

    [Fact]
    public async Task Descriptors_that_are_no_listening_sockets_are_named_and_left_alone()
    {
        var own = FreePort.Next();
        var file = Path.Combine(_directory.Path, "opened");
        await File.WriteAllTextAsync(file, "x", TestContext.Current.CancellationToken);
        // As OpenFile= of a unit passes a file.
        await using var daemon = ChildProcess.Start(
            "/bin/bash",
            [
                "-c",
                $"exec 3<'{file}' 4</dev/null; export LISTEN_FDS=2 LISTEN_PID=$$ LISTEN_FDNAMES=settings:web; "
                + $"exec {Dotnet()} {DaemonPath()} --TinyHost:Prefixes:web:Url=http://127.0.0.1:{own}/ --Test:Metrics=false",
            ]);
        const string Reason = "it is not a listening stream socket (Accept=no, ListenStream=).";
        await daemon.WaitForOutputAsync($"Ignoring a descriptor that systemd passed as 'settings': {Reason}");
        await daemon.WaitForOutputAsync($"Ignoring a descriptor that systemd passed as 'web': {Reason}");
        using var http = new HttpClient { Timeout = Deadline.Limit };
        Assert.Equal("x", await UntilAnsweredAsync(http, $"http://127.0.0.1:{own}/id/x"));
        Assert.Equal(file, File.ResolveLinkTarget($"/proc/{daemon.Id}/fd/3", returnFinalTarget: false)?.FullName);
        Assert.Equal(0, await daemon.TerminateAsync());
    }

    private static ChildProcess Activate(string[] listen, string names, params string[] arguments) =>
        Start(listen, names, [Dotnet(), DaemonPath(), .. arguments]);

    private static ChildProcess Start(string[] listen, string names, string[] command)
    {
        var activate = OutsideProgram.Require("systemd-socket-activate", package: "systemd");
        var variables = new[] { "PATH", "HOME", "DOTNET_ROOT" }.Where(name => Environment.GetEnvironmentVariable(name) is not null);
        return ChildProcess.Start(
            activate,
            [
                .. listen.SelectMany(address => new[] { "-l", address }), "--fdname", names,
                .. variables.SelectMany(name => new[] { "-E", name }), .. command,
            ]);
    }

    private static string Dotnet() => OutsideProgram.Require("dotnet", package: "dotnet-sdk-10.0");

    private static string DaemonPath() => Repository.BuiltFile(Daemon.Tests, "TinyHost.EndToEnd.Daemon.dll");

    private static int FlagsOf(int processId, int descriptor)
    {
        const string Field = "flags:";
        var lines = File.ReadAllLines($"/proc/{processId}/fdinfo/{descriptor}");
        var line = lines.Single(line => line.StartsWith(Field, StringComparison.Ordinal));
        return Convert.ToInt32(line[Field.Length..].Trim().ToString(CultureInfo.InvariantCulture), 8);
    }

    private static Task<string> UntilAnsweredAsync(HttpClient http, string url) => Deadline.UntilAsync(
        url,
        async () =>
        {
            try
            {
                return await http.GetStringAsync(url, TestContext.Current.CancellationToken);
            }
            catch (HttpRequestException)
            {
                return "";
            }
        },
        answer => answer.Length > 0);
}
