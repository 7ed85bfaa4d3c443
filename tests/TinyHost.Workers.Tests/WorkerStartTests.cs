// Owns: starts that fail, each with one sentence and its exit code, with real processes.

using System.Net;
using System.Net.Sockets;
using TinyHost.EndToEnd.Support;
using TinyHost.Workers.Tests.Support;

namespace TinyHost.Workers.Tests;

public sealed class WorkerStartTests
{
    [Fact]
    public async Task A_worker_that_cannot_start_ends_the_program_with_its_sentence()
    {
        // An address for documentation, which no machine has. The parent does not need it.
        await using var daemon = WorkersDaemon.Launch([], null, "--workers", "3", "--TinyHost:Workers:MetricsAddress=192.0.2.1");
        Assert.Equal(1, await daemon.Parent.WaitForExitAsync());
        Assert.Equal(
            $"Cannot listen on http://192.0.2.1:0/: no such address on this machine.", daemon.Parent.Errors.ToString().Trim());
    }

    [Fact]
    public async Task A_port_that_is_taken_is_the_parents_fault_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone hands sockets to other processes.");
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var daemon = Daemon.Launch(Daemon.Tests, null, [.. Daemon.Ports(port, FreePort.Next()), "--workers", "2"]);
        Assert.Equal(1, await daemon.WaitForExitAsync());
        Assert.Equal($"Cannot listen on http://127.0.0.1:{port}/: address in use.", daemon.Errors.ToString().Trim());
        Assert.DoesNotContain("workers", daemon.Output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Cannot start: --workers is 'many'; it must be a whole number of workers from 0 to 1024.", "--workers=many")]
    [InlineData("Cannot start: TinyHost:Handover is set, and workers are replaced at SIGHUP instead; leave one of TinyHost:Handover and "
        + "TinyHost:Workers out.", "--workers=1", "--TinyHost:Handover=/tmp/handover")]
    public async Task Wrong_settings_are_named(string expected, params string[] arguments)
    {
        await using var daemon = WorkersDaemon.Launch([], null, arguments);
        Assert.Equal(1, await daemon.Parent.WaitForExitAsync());
        Assert.Equal(expected, daemon.Parent.Errors.ToString().Trim());
    }

    [Fact]
    public async Task Variables_of_a_worker_without_a_parent_are_named()
    {
        await using var daemon = WorkersDaemon.Launch(
            [], new Dictionary<string, string> { ["TINYHOST_WORKER_CHANNEL"] = "999" });
        Assert.Equal(1, await daemon.Parent.WaitForExitAsync());
        Assert.StartsWith(
            "Cannot start: TINYHOST_WORKER_CHANNEL and TINYHOST_WORKER_SOCKETS are set, as for a worker, but their descriptors are not "
            + "those of a parent: ",
            daemon.Parent.Errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_app_without_a_port_of_its_own_has_nothing_for_workers()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone hands sockets to other processes.");
        var port = FreePort.Next();
        await using var daemon = Daemon.Launch(
            Daemon.Tests, null, $"--TinyHost:Prefixes=http://127.0.0.1:{port}/", $"--TinyHost:Metrics:Port={port}", "--workers", "2");
        Assert.Equal(1, await daemon.WaitForExitAsync());
        Assert.Equal(
            "Cannot start workers: all prefixes are for monitoring, which the parent serves; give the app a prefix with a port of its own "
            + "(TinyHost:Prefixes).",
            daemon.Errors.ToString().Trim());
    }

    [Fact]
    public async Task A_program_of_one_process_refuses_the_settings_of_workers()
    {
        await using var daemon = Daemon.Launch(
            Daemon.Hello, null, [.. Daemon.Ports(FreePort.Next(), FreePort.Next()), "--TinyHost:Workers=2"]);
        Assert.Equal(1, await daemon.WaitForExitAsync());
        Assert.Equal(
            "Cannot start: TinyHost:Workers is set, but this program serves with one process; it would have to end in "
            + "RunTinyHostWorkersAsync (the package TinyHost.Workers).",
            daemon.Errors.ToString().Trim());
    }

    [Fact]
    public async Task Without_workers_the_program_is_one_process()
    {
        await using var daemon = WorkersDaemon.Launch([], null);
        await daemon.Parent.WaitForOutputAsync($"Listening on http://127.0.0.1:{daemon.MetricsPort}/");
        var id = await Deadline.UntilAsync("an answer", daemon.ProcessIdAsync, id => id > 0);
        Assert.Equal(daemon.Parent.Id, id);
        using var list = await daemon.Metrics.GetAsync("-/workers", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, list.StatusCode);
    }
}
