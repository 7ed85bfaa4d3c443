// Owns: tests of what is in a folder besides files: pipes, sockets and devices, which must not be opened; and of names that cost much.

using System.Diagnostics;
using System.Net.Sockets;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class SpecialFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_pipe_is_not_found_and_nobody_waits_for_its_other_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes are told from files on Linux only.");
        using var made = Process.Start("mkfifo", _folder.PathOf("pipe"));
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(_folder.PathOf("link"), "pipe");
        Directory.CreateDirectory(_folder.PathOf("sub"));
        File.CreateSymbolicLink(_folder.PathOf("sub/index.html"), "../pipe");
        foreach (var name in new[] { "pipe", "link", "sub/", "pipe/" })
        {
            Assert.Equal((name, 404), (name, await StatusOfAsync(Files.From(_folder.Root), "/" + name)));
        }

        Assert.Equal(404, await StatusOfAsync(context => context.Response.SendFileAsync(_folder.PathOf("pipe")), "/"));
    }

    [Fact]
    public async Task A_socket_is_not_found()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Sockets are told from files on Linux only.");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder.PathOf("socket")));
        Assert.Equal(404, await StatusOfAsync(Files.From(_folder.Root), "/socket"));
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("/dev")]
    public async Task A_device_is_not_found(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Devices are told from files on Linux only.");
        Assert.Equal(404, await StatusOfAsync(context => context.Response.SendFileAsync(path), "/"));
    }

    [Theory]
    [InlineData("/a")]
    [InlineData("/file")]
    [InlineData("/folder")]
    public async Task A_name_of_thousands_of_segments_costs_no_more_than_its_length(string segment)
    {
        _folder.Write("file");
        _folder.Write("folder/folder/folder");
        var files = Files.From(_folder.Root);
        var allocated = 0L;
        Task Measure(RequestContext context)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var answered = files(context);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            return answered;
        }

        Assert.Equal(404, (await ((Func<RequestContext, Task>)Measure).GetAsync(
            string.Concat(Enumerable.Repeat(segment, 8_000 / segment.Length)))).Status);
        Assert.InRange(allocated, 1, 1_000_000);
    }

    // On another thread, so that a test of a handler that blocks fails instead of waiting for ever.
    private static async Task<int> StatusOfAsync(Func<RequestContext, Task> app, string target)
    {
        var asked = Task.Run(() => app.GetAsync(target), TestContext.Current.CancellationToken);
        return (await asked.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken)).Status;
    }
}
