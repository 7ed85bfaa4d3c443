// Owns: stops of a parent and its workers: order, requests in progress, signals to the whole group, with real processes.

using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.EndToEnd.Support;
using TinyHost.Workers.Tests.Support;

namespace TinyHost.Workers.Tests;

public sealed class WorkerStopTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stop_finishes_requests_refuses_peers_and_answers_monitoring_until_the_workers_have_ended()
    {
        await using var daemon = await WorkersDaemon.StartAsync(2);
        using var upload = await BeginUploadAsync(daemon.AppPort);
        daemon.Signal(WorkersDaemon.SigTerm);
        await daemon.Parent.WaitForOutputAsync("Stopping the workers.");
        var answer = await Deadline.UntilAsync(
            "a parent that is not ready", async () => (await daemon.Metrics.GetAsync("-/ready", Cancellation)).StatusCode,
            status => status == HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer);
        Assert.Equal(
            "Not ready.\nworkers: unhealthy: stopping\n",
            await (await daemon.Metrics.GetAsync("-/ready", Cancellation)).Content.ReadAsStringAsync(Cancellation));
        await Deadline.UntilAsync("one worker", daemon.WorkersAsync, workers => workers.Count == 1);
        await upload.GetStream().WriteAsync("1\r\nx\r\n0\r\n\r\n"u8.ToArray(), Cancellation);
        using var reader = new StreamReader(upload.GetStream());
        Assert.EndsWith("\r\n\r\n1", await reader.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(0, await daemon.Parent.WaitForExitAsync());
        Assert.EndsWith("All workers have ended.", daemon.Parent.Output.ToString().TrimEnd(), StringComparison.Ordinal);
        Assert.Equal("", daemon.Parent.Errors.ToString());
        await Assert.ThrowsAsync<HttpRequestException>(daemon.ProcessIdAsync);
    }

    [Fact]
    public async Task Ctrl_C_reaches_every_process_of_the_terminal_and_counts_once()
    {
        var setsid = OutsideProgram.Require("setsid", package: "util-linux");
        await using var daemon = WorkersDaemon.Launch([setsid], null, "--workers", "2", "--TinyHost:DrainDelay=1");
        await daemon.Parent.WaitForOutputAsync("All 2 workers are ready.");
        WorkersDaemon.Signal(-daemon.Parent.Id, WorkersDaemon.SigInt);
        Assert.Equal(0, await daemon.Parent.WaitForExitAsync());
        var output = daemon.Parent.Output.ToString();
        Assert.Contains("All workers have ended.", output, StringComparison.Ordinal);
        // A second request to stop would have cut it.
        Assert.DoesNotContain("the stop was requested again", output, StringComparison.Ordinal);
        Assert.Equal("", daemon.Parent.Errors.ToString());
    }

    [Fact]
    public async Task A_second_signal_cuts_the_delay_of_all_workers()
    {
        await using var daemon = await WorkersDaemon.StartAsync(2, "--TinyHost:DrainDelay=1000");
        daemon.Signal(WorkersDaemon.SigTerm);
        await daemon.Parent.WaitForOutputAsync("Stopping the workers.");
        // Not before both have begun.
        await Deadline.UntilAsync(
            "two workers that stop",
            () => Task.FromResult(daemon.Parent.Output.ToString().Split("for another 1000 s").Length - 1),
            count => count >= 2);
        daemon.Signal(WorkersDaemon.SigTerm);
        Assert.Equal(0, await daemon.Parent.WaitForExitAsync());
    }

    [Fact]
    public async Task Signals_during_the_start_end_it()
    {
        await using var daemon = WorkersDaemon.Launch([], null, "--workers", "2");
        await daemon.Parent.WaitForOutputAsync("Starting 2 workers.");
        daemon.Signal(WorkersDaemon.SigTerm);
        Assert.Equal(0, await daemon.Parent.WaitForExitAsync());
        Assert.DoesNotContain("could not start", daemon.Parent.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_of_a_Unix_socket_is_shared_and_removed_at_the_stop()
    {
        var curl = OutsideProgram.Require("curl", package: "curl");
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "app.sock");
        await using var daemon = await WorkersDaemon.StartAsync(2, $"--TinyHost:Prefixes:0=http://unix:{path}");
        var (_, first, _) = await ChildProcess.RunAsync(curl, ["-sSf", "--unix-socket", path, "http://localhost/restart/process"]);
        var workers = await daemon.WorkersAsync();
        Assert.Contains(int.Parse(first, System.Globalization.CultureInfo.InvariantCulture), workers.Select(worker => worker.ProcessId));
        daemon.Signal(WorkersDaemon.SigHup);
        await daemon.Parent.WaitForOutputAsync("All 2 workers have been replaced.");
        var (_, second, _) = await ChildProcess.RunAsync(curl, ["-sSf", "--unix-socket", path, "http://localhost/restart/process"]);
        Assert.NotEqual(first, second);
        Assert.Equal(0, await daemon.Parent.TerminateAsync());
        Assert.False(File.Exists(path));
    }

    private static async Task<TcpClient> BeginUploadAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, Cancellation);
        await client.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes("POST /length HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Cancellation);
        // The handler has begun to read.
        var line = new byte[25];
        await client.GetStream().ReadExactlyAsync(line, Cancellation);
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", Encoding.ASCII.GetString(line));
        return client;
    }
}
