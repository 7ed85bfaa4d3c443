// Owns: what an example shows at a terminal, in a pseudo-terminal of the tests.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class TerminalTests
{
    // Runs a program in a terminal. SIGTERM types Ctrl-C there.
    private const string Terminal =
        """
        import os, pty, signal, sys
        child, terminal = pty.fork()
        if child == 0:
            os.execvp(sys.argv[1], sys.argv[1:])
        signal.signal(signal.SIGTERM, lambda *_: os.write(terminal, b"\x03"))
        while True:
            try:
                data = os.read(terminal, 4096)
            except OSError:
                break
            if not data:
                break
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """;

    [Fact]
    public async Task A_terminal_shows_where_the_example_listens_and_after_Ctrl_C_what_it_has_served()
    {
        var (appPort, metricsPort) = (FreePort.Next(), FreePort.Next());
        await using var hello = Start(
            new() { ["NO_COLOR"] = "1" }, [.. Daemon.Ports(appPort, metricsPort), "--TinyHost:Metrics:Dashboard=true"]);
        await hello.WaitForOutputAsync("Application started");
        await hello.WaitForOutputAsync("/-/ready");
        Assert.Contains(
            "TinyHost is listening\n"
            + $"  app        http://127.0.0.1:{appPort}/\n"
            + $"  metrics    http://127.0.0.1:{metricsPort}/metrics\n"
            + $"  dashboard  http://127.0.0.1:{metricsPort}/dashboard\n"
            + $"  health     http://127.0.0.1:{metricsPort}/-/ready",
            hello.Output.ToString(),
            StringComparison.Ordinal);
        using var http = new HttpClient();
        await http.GetStringAsync($"http://127.0.0.1:{appPort}/hello", TestContext.Current.CancellationToken);
        await http.GetStringAsync($"http://127.0.0.1:{metricsPort}/metrics", TestContext.Current.CancellationToken);

        Assert.Equal(0, await hello.TerminateAsync());
        var output = hello.Output.ToString();
        Assert.Contains("TinyHost has stopped\n  requests    1\n  errors      0\n  ran for     ", output, StringComparison.Ordinal);
        Assert.EndsWith("  nothing cut off", output.TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain("Listening on", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[1m", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_with_colors_shows_names_in_bold_and_a_live_line_if_asked()
    {
        await using var hello = Start(
            new() { ["NO_COLOR"] = "", ["TERM"] = "xterm" }, [.. Daemon.Ports(FreePort.Next(), FreePort.Next()), "--watch"]);
        await hello.WaitForOutputAsync("\e[1mTinyHost is listening\e[0m");
        Assert.Contains("0 requests/s, 0 errors/s, ", await hello.WaitForOutputAsync(" requests/s, "), StringComparison.Ordinal);
        Assert.Equal(0, await hello.TerminateAsync());
    }

    private static ChildProcess Start(Dictionary<string, string> environment, string[] arguments) => ChildProcess.Start(
        OutsideProgram.Require("python3", package: "python3"),
        ["-c", Terminal, "dotnet", Repository.BuiltFile(Daemon.Hello, "Hello.dll"), .. arguments],
        environment);
}
