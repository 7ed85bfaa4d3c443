// Owns: that a daemon tells systemd about its life, and that the example's units are valid and stay hardened.

using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class SystemdTests : IDisposable
{
    private const string Unit = "examples/Daemon/tinyhost-shop.service";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_daemon_is_ready_once_it_listens_reloads_at_SIGHUP_pings_the_watchdog_and_stops()
    {
        using var systemd = Listen(out var path);
        await using var daemon = await Daemon.StartAsync(Daemon.Hello, new Dictionary<string, string>
        {
            ["NOTIFY_SOCKET"] = path,
            ["WATCHDOG_USEC"] = "2000000",
        });
        Assert.Equal("READY=1\nSTATUS=0 connections, 0 requests/s", await NextAsync(systemd));
        Assert.Equal("WATCHDOG=1", await NextAsync(systemd, "WATCHDOG"));
        var before = Stopwatch.GetTimestamp() / 1_000;
        daemon.Process.HangUp();
        var reloading = (await NextAsync(systemd, "RELOADING=1\n")).Split('\n');
        var began = long.Parse(reloading[1]["MONOTONIC_USEC=".Length..], CultureInfo.InvariantCulture);
        Assert.InRange(began, before, Stopwatch.GetTimestamp() / 1_000);
        Assert.Equal("STATUS=Reloading", reloading[2]);
        Assert.StartsWith("READY=1\nSTATUS=", await NextAsync(systemd, "READY=1\n"), StringComparison.Ordinal);
        Assert.Equal("Hello from TinyHost!", await daemon.App.GetStringAsync("/hello", TestContext.Current.CancellationToken));
        daemon.Process.RequestStop();
        Assert.StartsWith("STOPPING=1\nEXTEND_TIMEOUT_USEC=", await NextAsync(systemd, "STOPPING"), StringComparison.Ordinal);
        Assert.Equal(0, await daemon.Process.WaitForExitAsync());
        Assert.Equal("", daemon.Process.Errors.ToString());
    }

    [Fact]
    public async Task A_daemon_that_does_not_start_tells_why()
    {
        using var systemd = Listen(out var path);
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        await using var daemon = Daemon.Launch(
            Daemon.Hello, new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path }, Daemon.Ports(port, FreePort.Next()));
        Assert.Equal($"STATUS=Cannot listen on http://127.0.0.1:{port}/: address in use.\nERRNO=98", await NextAsync(systemd));
        Assert.Equal(1, await daemon.WaitForExitAsync());
    }

    [Fact]
    public async Task The_units_of_the_example_are_valid()
    {
        var analyze = OutsideProgram.Require("systemd-analyze", package: "systemd");
        // The program is not installed, and old versions lack the type.
        var (_, version, _) = await ChildProcess.RunAsync(analyze, ["--version"]);
        var isOld = int.Parse(version.Split(' ')[1], CultureInfo.InvariantCulture) < 253;
        var text = (await File.ReadAllTextAsync(Repository.File(Unit), TestContext.Current.CancellationToken))
            .Replace("/opt/tinyhost-shop/Daemon", "/bin/sh", StringComparison.Ordinal)
            .Replace("Type=notify-reload", isOld ? "Type=notify" : "Type=notify-reload", StringComparison.Ordinal);
        var service = _directory.Write("tinyhost-shop.service", text);
        var socket = Path.Combine(_directory.Path, "tinyhost-shop.socket");
        File.Copy(Repository.File(Unit.Replace(".service", ".socket", StringComparison.Ordinal)), socket);
        var (exitCode, output, errors) = await ChildProcess.RunAsync(analyze, ["verify", service, socket]);
        Assert.Equal((0, "", ""), (exitCode, output, errors));
    }

    [Fact]
    public async Task The_unit_of_the_example_stays_hardened()
    {
        var analyze = OutsideProgram.Require("systemd-analyze", package: "systemd");
        var service = Repository.File(Unit);
        // In tenths: from 0, confined, to 100.
        var (exitCode, output, _) = await ChildProcess.RunAsync(
            analyze, ["security", "--offline=true", "--no-pager", "--threshold=15", service]);
        Assert.True(exitCode == 0, output);
        Assert.Contains("Overall exposure level for tinyhost-shop.service", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sockets_of_the_example_are_those_of_its_prefixes()
    {
        var (app, metrics) = (FreePort.Next(), FreePort.Next());
        var text = await File.ReadAllTextAsync(
            Repository.File(Unit.Replace(".service", ".socket", StringComparison.Ordinal)), TestContext.Current.CancellationToken);
        Assert.Equal(
            ["ListenStream=8080", "ListenStream=9100"],
            text.Split('\n').Where(line => line.StartsWith("Listen", StringComparison.Ordinal)));
        var activate = OutsideProgram.Require("systemd-socket-activate", package: "systemd");
        await using var daemon = ChildProcess.Start(
            activate,
            [
                "-l", $"{app}", "-l", $"{metrics}", "--fdname", "tinyhost-shop.socket:tinyhost-shop.socket",
                .. new[] { "PATH", "HOME", "DOTNET_ROOT" }
                    .Where(name => Environment.GetEnvironmentVariable(name) is not null)
                    .SelectMany(name => new[] { "-E", name }),
                OutsideProgram.Require("dotnet", package: "dotnet-sdk-10.0"), Repository.BuiltFile(Daemon.Shop, "Daemon.dll"),
                $"--TinyHost:Prefixes:0=http://+:{app}/", $"--TinyHost:Metrics:Port={metrics}",
            ]);
        await daemon.WaitForErrorAsync("Listening on");
        using var client = new TcpClient("localhost", app);
        foreach (var port in new[] { app, metrics })
        {
            await daemon.WaitForOutputAsync($":{port}/, a socket that systemd passed as 'tinyhost-shop.socket'");
        }
    }

    private static async Task<string> NextAsync(Socket systemd, string beginning = "")
    {
        using var deadline = Deadline.Start();
        var buffer = new byte[4_096];
        while (true)
        {
            var message = Encoding.UTF8.GetString(buffer, 0, await systemd.ReceiveAsync(buffer, deadline.Token));
            if (message.StartsWith(beginning, StringComparison.Ordinal))
            {
                return message;
            }
        }
    }

    private Socket Listen(out string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        path = Path.Combine(_directory.Path, "notify");
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }
}
