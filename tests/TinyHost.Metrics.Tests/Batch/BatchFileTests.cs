using System.Diagnostics;
using System.IO.Pipes;
using System.Net.Sockets;
using System.Text;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Batch;

[Collection(ServersAlone.Name)]
public sealed class BatchFileTests : IDisposable
{
    private const string Written = "done_total 1\n";

    private readonly BatchJob _job = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("tinyhost-batch").FullName;

    public BatchFileTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs symbolic links and device files");
        _job.Done();
    }

    public void Dispose()
    {
        _job.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("target.prom")]
    [InlineData("./data/target.prom")]
    [InlineData("data/../data/target.prom")]
    [InlineData("{0}/data/target.prom")]
    [InlineData("second")]
    [InlineData("elsewhere/../target.prom")]
    public async Task A_symbolic_link_stays_and_its_target_is_replaced(string link)
    {
        // elsewhere/.. is the root of other/deep, not this directory.
        var data = Directory.CreateDirectory(At("data")).FullName;
        Directory.CreateDirectory(At("other/deep"));
        Directory.CreateSymbolicLink(At("elsewhere"), "other/deep");
        File.CreateSymbolicLink(At("second"), "data/target.prom");
        var link0 = string.Format(null, link, _directory);
        var target = link switch
        {
            "target.prom" => At("target.prom"),
            "elsewhere/../target.prom" => At("other/target.prom"),
            _ => Path.Combine(data, "target.prom"),
        };
        File.CreateSymbolicLink(At("job.prom"), link0);
        foreach (var before in (string?[])[null, "before, and longer " + new string('x', 10_000)])
        {
            if (before is not null)
            {
                await File.WriteAllTextAsync(target, before, TestContext.Current.CancellationToken);
            }

            await WriteAsync("job.prom");
            Assert.Equal(link0, new FileInfo(At("job.prom")).LinkTarget);
            Assert.Equal(Written, await SamplesAsync(target));
            Assert.Null(new FileInfo(target).LinkTarget);
            Assert.Empty(Directory.GetFiles(_directory, "*.tmp", SearchOption.AllDirectories));
        }
    }

    [Fact]
    public async Task Links_that_lead_in_a_circle_are_an_error()
    {
        File.CreateSymbolicLink(At("a"), "b");
        File.CreateSymbolicLink(At("b"), "a");
        var error = await Assert.ThrowsAsync<IOException>(() => WriteAsync("a"));
        Assert.Equal($"Cannot write the metrics to {At("a")}: it leads through more than 40 symbolic links.", error.Message);
    }

    [Fact]
    public async Task A_pipe_is_written_to()
    {
        await RunAsync("mkfifo", At("pipe"));
        var reader = Task.Run(() => File.ReadAllText(At("pipe")));
        await WriteAsync("pipe");
        Assert.EndsWith("\n" + Written, await reader, StringComparison.Ordinal);
        await RunAsync("test", "-p", At("pipe"));
    }

    [Fact]
    public async Task A_pipe_without_a_reader_keeps_the_caller_only_until_the_cancellation()
    {
        await RunAsync("mkfifo", At("pipe"));
        using var cancellation = new CancellationTokenSource();
        var writing = BatchFile.WriteAsync(At("pipe"), "late"u8.ToArray(), cancellation.Token);
        Assert.False(writing.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);

        // What waits for a reader gets it.
        Assert.Equal("late", await File.ReadAllTextAsync(At("pipe"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(3, null)]
    [InlineData(7, "No space left on device")]
    public async Task A_device_is_written_to_and_stays(int minor, string? expected)
    {
        // Like /dev/null and /dev/full.
        var made = await TryRunAsync("mknod", At("device"), "c", "1", $"{minor}");
        Assert.SkipUnless(made == 0, "needs the right to make device files");
        File.CreateSymbolicLink(At("link"), "device");
        foreach (var path in (string[])["device", "link"])
        {
            var error = await Record.ExceptionAsync(() => WriteAsync(path));
            Assert.Equal(expected is null, error is null);
            Assert.Contains(expected ?? "", error?.Message ?? "", StringComparison.Ordinal);
        }

        await RunAsync("test", "-c", At("device"));
        await RunAsync("test", "-L", At("link"));
        Assert.Equal(2, Directory.GetFiles(_directory).Length);
    }

    [Fact]
    public async Task A_pipe_of_this_process_is_written_to_through_its_descriptor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        File.CreateSymbolicLink(At("link"), $"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}");
        await WriteAsync("link");
        pipe.DisposeLocalCopyOfClientHandle();
        using var reader = new StreamReader(pipe, Encoding.UTF8);
        Assert.EndsWith("\n" + Written, await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_a_descriptor_of_this_process_has_open_is_appended_to()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        await using var file = new FileStream(At("log"), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Write("before\n"u8);
        await file.FlushAsync(TestContext.Current.CancellationToken);
        await _job.Metrics.WriteFileAsync($"/dev/fd/{file.SafeFileHandle.DangerousGetHandle()}", TestContext.Current.CancellationToken);
        var text = await File.ReadAllTextAsync(At("log"), TestContext.Current.CancellationToken);
        Assert.StartsWith("before\n# ", text, StringComparison.Ordinal);
        Assert.EndsWith("\n" + Written, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_can_be_neither_replaced_nor_written_to_is_an_error()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs the type of a file");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(At("socket")));
        Directory.CreateDirectory(At("directory"));
        foreach (var path in (string[])["socket", "directory"])
        {
            var error = await Assert.ThrowsAsync<IOException>(() => WriteAsync(path));
            Assert.Equal(
                $"Cannot write the metrics to {At(path)}: it is neither a file nor a pipe, a terminal or another character device.",
                error.Message);
        }

        Assert.True(File.Exists(At("socket")));
        Assert.Single(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task A_relative_path_starts_in_the_current_directory()
    {
        var name = $"tinyhost-{Guid.NewGuid():N}.prom";
        await _job.Metrics.WriteFileAsync(name, TestContext.Current.CancellationToken);
        Assert.Equal(Written, await SamplesAsync(Path.GetFullPath(name)));
        File.Delete(name);
    }

    private static async Task<string> SamplesAsync(string path)
    {
        var lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        return string.Concat(lines.Where(line => line[0] != '#').Select(line => line + "\n"));
    }

    private static async Task RunAsync(string program, params string[] arguments) =>
        Assert.Equal(0, await TryRunAsync(program, arguments));

    private static async Task<int> TryRunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    private string At(string name) => Path.Combine(_directory, name);

    private Task WriteAsync(string name) => _job.Metrics.WriteFileAsync(At(name), TestContext.Current.CancellationToken);
}
