// Owns: that replacing workers loses no request, and what a failure leaves, with real processes.

using TinyHost.EndToEnd.Support;
using TinyHost.Workers.Tests.Support;

namespace TinyHost.Workers.Tests;

public sealed class WorkerReplacementTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Replacements_under_load_lose_nothing()
    {
        await using var daemon = await WorkersDaemon.StartAsync(2);
        var before = await daemon.WorkersAsync();
        var (code, output, errors) = await RestartCheck.RunAsync(
            "--url", $"http://127.0.0.1:{daemon.AppPort}/restart/process",
            "--restart", $"kill -HUP {daemon.Parent.Id}",
            "--times", "2",
            "--connections", "4",
            "--upload", "/length",
            "--stream", "/restart/stream",
            "--websocket", "/restart/websocket");
        Assert.True(code == 0, $"{output}\n{errors}\n{daemon.Parent}");
        Assert.EndsWith("\n0 lost", output.TrimEnd(), StringComparison.Ordinal);
        var after = await daemon.WorkersAsync();
        Assert.Empty(before.Select(worker => worker.ProcessId).Intersect(after.Select(worker => worker.ProcessId)));
        Assert.DoesNotContain("fail:", daemon.Parent.Output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await daemon.Parent.TerminateAsync());
    }

    [Fact]
    public async Task A_replacement_that_cannot_start_leaves_the_old_workers()
    {
        Write("127.0.0.1");
        await using var daemon = await WorkersDaemon.StartAsync(2, "--contentRoot", _directory.Path);
        var before = await daemon.WorkersAsync();
        Write("192.0.2.1");
        daemon.Signal(WorkersDaemon.SigHup);
        await daemon.Parent.WaitForErrorAsync("Cannot listen on http://192.0.2.1:0/: no such address on this machine.");
        await daemon.Parent.WaitForOutputAsync("Worker 1 could not be started: exit code 1.");
        await daemon.Parent.WaitForOutputAsync("A worker could not be replaced: it and those after it go on.");
        Assert.Equal(before, await daemon.WorkersAsync());
        Assert.Contains(await daemon.ProcessIdAsync(), before.Select(worker => worker.ProcessId));
        Write("127.0.0.1");
        daemon.Signal(WorkersDaemon.SigHup);
        await daemon.Parent.WaitForOutputAsync("All 2 workers have been replaced.");
        Assert.Empty((await daemon.WorkersAsync()).Intersect(before));
    }

    private void Write(string address) => File.WriteAllText(
        Path.Combine(_directory.Path, "appsettings.json"), $$$"""{ "TinyHost": { "Workers": { "MetricsAddress": "{{{address}}}" } } }""");
}
