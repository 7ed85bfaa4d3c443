// Owns: that restarts of real processes lose nothing where they should not, and that the command which counts losses finds them.

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class RestartTests
{
    public RestartTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");

    [Fact]
    public async Task Handovers_under_load_lose_nothing()
    {
        await using var check = new RestartCheck(hasHandover: true);
        await check.StartAsync();
        var first = await check.ProcessIdAsync();
        var (code, output, errors) = await check.RunAsync(times: 2);
        Assert.True(code == 0, $"{output}\n{errors}\n{check.Log}");
        Assert.EndsWith("\n0 lost", output.TrimEnd(), StringComparison.Ordinal);
        foreach (var kind in new[] { "busy", "half a head", "idle", "queued", "stream", "upload", "websocket" })
        {
            Assert.Matches($@"(?m)^{kind} +[1-9][\d,]* answered", output);
        }

        Assert.NotEqual(first, await check.ProcessIdAsync());
        Assert.Equal(2, check.Log.Split("Took over from process").Length - 1);
        Assert.DoesNotContain("fail:", check.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restart_with_a_gap_is_found_to_lose_connections()
    {
        await using var check = new RestartCheck(hasHandover: false);
        await check.StartAsync();
        var (code, output, errors) = await check.RunAsync(times: 1);
        Assert.Equal(1, code);
        Assert.Contains("queued", output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^queued +[\d,]+ LOST: a connection was not accepted \(ConnectionRefused\)", output);
        Assert.Contains("were lost.", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--url is missing.", "--restart", "true")]
    [InlineData("--restart is missing.", "--url", "http://localhost/")]
    [InlineData("--url https://localhost/ is not an argument of this command.", "--url", "https://localhost/")]
    [InlineData("--times 0 is not an argument of this command.", "--times", "0")]
    [InlineData("--stream has no value.", "--stream")]
    [InlineData("--verbose yes is not an argument of this command.", "--verbose", "yes")]
    public async Task Wrong_arguments_are_named(string expected, params string[] arguments)
    {
        var (code, _, errors) = await RestartCheck.RunAsync(arguments);
        Assert.Equal(2, code);
        Assert.StartsWith(expected + "\nUsage: tinyhost-restart-check", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_restarts_nothing_is_reported()
    {
        await using var check = new RestartCheck(hasHandover: true);
        await check.StartAsync();
        var (code, _, errors) = await RestartCheck.RunAsync(
            "--url", $"http://127.0.0.1:{check.Port}/restart/process", "--restart", "true", "--times", "1", "--timeout", "1");
        Assert.Equal(1, code);
        Assert.Contains("from before restart 1 are still open after 1 s", errors, StringComparison.Ordinal);
        (code, _, errors) = await RestartCheck.RunAsync(
            "--url", $"http://127.0.0.1:{check.Port}/restart/process", "--restart", "exit 3", "--times", "1");
        Assert.Equal((1, "FAILED: the restart command exited with 3."), (code, errors.Trim()));
    }

    [Fact]
    public async Task A_process_that_is_killed_while_it_takes_over_changes_nothing()
    {
        await using var check = new RestartCheck(hasHandover: true);
        await check.StartAsync();
        var id = await check.ProcessIdAsync();
        using (var next = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            await next.ConnectAsync(new UnixDomainSocketEndPoint(check.HandoverPath), TestContext.Current.CancellationToken);
            await next.SendAsync("take 1\n"u8.ToArray());
            await LoggedAsync(check, "is starting to take over.");
        }

        await LoggedAsync(check, "ended before it was ready to take over.");
        Assert.Equal(id, await check.ProcessIdAsync());
    }

    [Fact]
    public async Task A_process_of_another_user_cannot_take_over()
    {
        Assert.SkipUnless(Environment.UserName == "root", "needs root");
        var curl = OutsideProgram.Require("curl", package: "curl");
        var setpriv = OutsideProgram.Require("setpriv", package: "util-linux");
        await using var check = new RestartCheck(hasHandover: true);
        await check.StartAsync();
        // Against the permissions of file and folder, to see the check of the peer's user.
        await ChildProcess.RunAsync("chmod", ["666", check.HandoverPath]);
        await ChildProcess.RunAsync("chmod", ["755", Path.GetDirectoryName(check.HandoverPath)!]);
        var (code, _, errors) = await ChildProcess.RunAsync(
            setpriv,
            ["--reuid", "65534", "--regid", "65534", "--clear-groups", curl, "-sS", "--unix-socket", check.HandoverPath, "http://h/"]);
        Assert.True(code != 0, "A process of another user got an answer.");
        Assert.Matches("Empty reply|reset", errors);
        await LoggedAsync(check, "Refusing a handover to a process of another user (pid ");
    }

    [Fact]
    public async Task Systemd_keeps_the_sockets_of_a_daemon_that_crashes()
    {
        var python = OutsideProgram.Require("python3", package: "python3");
        using var directory = new TemporaryDirectory();
        var (app, metrics) = (FreePort.Next(), FreePort.Next());
        var manager = Path.Combine(directory.Path, "manager.py");
        await File.WriteAllTextAsync(manager, Manager, TestContext.Current.CancellationToken);
        await using var process = ChildProcess.Start(
            python,
            [
                manager, Path.Combine(directory.Path, "notify"),
                "dotnet", Repository.BuiltFile(Daemon.Tests, "TinyHost.EndToEnd.Daemon.dll"), .. Daemon.Ports(app, metrics),
            ]);
        await process.WaitForOutputAsync("stored 2: ");
        var id = int.Parse((await process.WaitForOutputAsync("started ")).Split(' ')[1], CultureInfo.InvariantCulture);
        using (var first = Process.GetProcessById(id))
        {
            first.Kill();
        }

        await process.WaitForOutputAsync("ended");
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, app, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(
            "GET /restart/process HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        // The manager starts the next process once it sees this file.
        await File.WriteAllTextAsync(Path.Combine(directory.Path, "notify.go"), "", TestContext.Current.CancellationToken);
        await process.WaitForOutputAsync($"Listening on http://127.0.0.1:{app}/, a socket that systemd's descriptor store passed");
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain($"{id}", answer.Split("\r\n\r\n")[1], StringComparison.Ordinal);
    }

    private static Task<string> LoggedAsync(RestartCheck check, string message) =>
        Deadline.UntilAsync($"'{message}'", () => Task.FromResult(check.Log), log => log.Contains(message, StringComparison.Ordinal));

    // What systemd does for a unit with FileDescriptorStoreMax=8: it keeps what it is sent, and passes it to the next process.
    private const string Manager = """
        import fcntl, os, socket, sys, time
        path, command = sys.argv[1], sys.argv[2:]
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(path)
        stored = {}

        def start():
            child = os.fork()
            if child == 0:
                for index, descriptor in enumerate(stored.values()):
                    os.dup2(descriptor, 3 + index)
                if stored:
                    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(stored)), LISTEN_FDNAMES=":".join(stored))
                os.environ.update(NOTIFY_SOCKET=path, FDSTORE="8")
                os.execvp(command[0], command)
            print("started", child, flush=True)
            return child

        child = start()
        while len(stored) < 2:
            message, descriptors, _, _ = socket.recv_fds(notify, 4096, 8)
            lines = dict(line.split("=", 1) for line in message.decode().split("\n") if line)
            if lines.get("FDSTORE") == "1":
                # Above the numbers that the next process gets.
                stored[lines["FDNAME"]] = fcntl.fcntl(descriptors[0], fcntl.F_DUPFD_CLOEXEC, 50)
                print(f"stored {len(stored)}: {lines['FDNAME']}", flush=True)
        os.waitpid(child, 0)
        print("ended", flush=True)
        while not os.path.exists(path + ".go"):
            time.sleep(0.01)
        child = start()
        os.waitpid(child, 0)
        """;
}
