// Owns: a worker that writes to its connection what no worker sends.

using System.Diagnostics;
using System.Net.Sockets;

namespace TinyHost.Workers.Tests;

public sealed class LaunchedWorkerTests
{
    [Theory]
    [InlineData("ready nowhere\n")]
    [InlineData("{long}")]
    public async Task A_worker_that_breaks_its_connection_is_told_to_end(string sent)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone hands sockets to other processes.");
        using var log = new RecordingLogger();
        var (own, peer) = Inheritance.Pair();
        using var connection = new Socket(peer);
        var start = new ProcessStartInfo("sleep", "1000")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var output = new LineOutput(Stream.Null, TextWriter.Null);
        var worker = new LaunchedWorker(1, Process.Start(start)!, own, (output, output), TimeProvider.System, log);
        try
        {
            await connection.SendAsync(System.Text.Encoding.UTF8.GetBytes(sent.Replace("{long}", new string('x', 16_384))));
            // The end of the connection tells a worker to end.
            Assert.Equal(0, await connection.ReceiveAsync(new byte[1]));
            Assert.Contains("has broken its connection to the parent", Assert.Single(log.Entries).Message, StringComparison.Ordinal);
            Assert.Equal(WorkerState.Draining, worker.Describe().State);
        }
        finally
        {
            worker.Kill();
            Assert.Equal(137, await worker.Exited);
        }
    }
}
