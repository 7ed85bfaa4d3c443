// Owns: tests of reading files of settings at whose path something else may be.

using System.Net.Sockets;
using System.Runtime.InteropServices;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class BoundedFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    public void Files_up_to_the_limit_are_read(int size)
    {
        var content = Enumerable.Range(0, size).Select(i => (byte)i).ToArray();
        File.WriteAllBytes(_folder.PathOf("a"), content);
        Assert.Equal(content, BoundedFile.Read(_folder.PathOf("a"), 100));
    }

    [Fact]
    public void A_file_above_the_limit_is_refused()
    {
        File.WriteAllBytes(_folder.PathOf("a"), new byte[101]);
        var refused = Assert.Throws<IOException>(() => BoundedFile.Read(_folder.PathOf("a"), 100));
        Assert.Equal("it has 101 bytes; such files have at most 100", refused.Message);
    }

    [Fact]
    public void Files_without_a_length_are_read_up_to_the_limit()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has such files");
        Assert.Contains("Name:"u8, BoundedFile.Read("/proc/self/status", 1_048_576));
        Assert.Equal(
            "it has more than 10 bytes; such files have at most 10",
            Assert.Throws<IOException>(() => BoundedFile.Read("/proc/self/status", 10)).Message);
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("device")]
    [InlineData("socket")]
    [InlineData("link")]
    public void Pipes_sockets_and_devices_are_refused_without_waiting(string what)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems do not tell");
        var path = what == "device" ? "/dev/zero" : _folder.PathOf("a");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        switch (what)
        {
            case "pipe":
                Assert.Equal(0, MakePipe(path, 0x180));
                break;
            case "socket":
                socket.Bind(new UnixDomainSocketEndPoint(path));
                break;
            case "link":
                File.CreateSymbolicLink(path, "/dev/zero");
                break;
            default:
                break;
        }

        var refused = Assert.Throws<IOException>(() => BoundedFile.Read(path, 100));
        Assert.Equal("it is not a regular file, but a pipe, a socket or a device", refused.Message);
    }

    [Fact]
    public void A_folder_and_a_missing_file_are_reported_as_such()
    {
        Assert.Throws<UnauthorizedAccessException>(() => BoundedFile.Read(_folder.Root, 100));
        Assert.Throws<FileNotFoundException>(() => BoundedFile.Read(_folder.PathOf("a"), 100));
    }

    [DllImport("libc", EntryPoint = "mkfifo")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MakePipe([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);
}
