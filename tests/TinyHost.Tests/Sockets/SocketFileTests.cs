// Owns: tests of the file of a Unix socket when several processes start at once, and at its end.

using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class SocketFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SocketFileTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not serve Unix sockets");

    private string SocketPath => _folder.PathOf("a.sock");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Of_two_starts_at_once_one_listens_and_the_other_finds_the_address_in_use()
    {
        for (var round = 0; round < 200; round++)
        {
            LeaveStale();
            using var barrier = new Barrier(2);
            var starts = await Task.WhenAll(StartAsync(barrier), StartAsync(barrier));
            using (var listener = Assert.Single(starts, start => start.Listener is not null).Listener)
            {
                var fault = Assert.Single(starts, start => start.Fault is not null).Fault!;
                Assert.EndsWith(": address in use.", fault.Message, StringComparison.Ordinal);
                // Its file is still there, and leads to it.
                using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                client.Connect(new UnixDomainSocketEndPoint(SocketPath));
                using var accepted = listener!.Socket.Accept();
            }

            Assert.False(Path.Exists(SocketPath));
        }
    }

    [Fact]
    public void A_folder_that_somebody_keeps_locked_fails_the_start()
    {
        using (FolderLock.Take(_folder.Root))
        {
            var fault = Assert.Throws<IOException>(() => FolderLock.Take(_folder.Root, TimeSpan.Zero));
            Assert.Equal($"another process holds a lock (flock) on its folder, {_folder.Root}", fault.Message);
        }

        FolderLock.Take(_folder.Root, TimeSpan.Zero).Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void A_folder_that_cannot_be_opened_is_not_locked()
    {
        FolderLock.Take(_folder.PathOf("none")).Dispose();
        Assert.False(Path.Exists(_folder.PathOf("none")));
    }

    [Fact]
    public void A_file_is_removed_once()
    {
        using var socket = UnixListenAddress.Bind(SocketPath);
        var file = SocketFile.OfBound(SocketPath);
        // As if the system gave the file of another socket the number of the old one, which it may do once that socket is closed.
        Assert.Equal(0, Link(Encoding.UTF8.GetBytes(SocketPath + '\0'), Encoding.UTF8.GetBytes(_folder.PathOf("other") + '\0')));
        file.Remove();
        Assert.False(Path.Exists(SocketPath));
        File.Move(_folder.PathOf("other"), SocketPath);
        file.Remove();
        Assert.True(Path.Exists(SocketPath));
    }

    private Task<(Listener? Listener, ServerStartException? Fault)> StartAsync(Barrier barrier) =>
        Task.Factory.StartNew(
            () =>
            {
                barrier.SignalAndWait();
                return Start();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private (Listener? Listener, ServerStartException? Fault) Start()
    {
        try
        {
            return (UnixBinding.Bind(new PrefixOptions { Url = $"http://unix:{SocketPath}" }.Read(), backlog: 1), null);
        }
        catch (ServerStartException fault)
        {
            return (null, fault);
        }
    }

    private void LeaveStale()
    {
        var stale = UnixListenAddress.Bind(SocketPath);
        stale.Dispose();
        Assert.True(Path.Exists(SocketPath));
    }

    [DllImport("libc", EntryPoint = "link")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link(byte[] from, byte[] to);
}
