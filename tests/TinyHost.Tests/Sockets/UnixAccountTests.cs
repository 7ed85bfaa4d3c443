// Owns: tests of setting the mode of a file.

using System.Runtime.Versioning;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class UnixAccountTests
{
    [Fact]
    public void The_mode_of_a_file_behind_a_link_is_not_changed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems follow the link");
        using var folder = new TemporaryFolder();
        var victim = folder.Write("victim");
        File.SetUnixFileMode(victim, UnixFileMode.UserRead);
        File.CreateSymbolicLink(folder.PathOf("link"), victim);
        var refused = Assert.Throws<IOException>(() => UnixAccount.SetMode(folder.PathOf("link"), (UnixFileMode)0b110_110_110));
        Assert.StartsWith("its permissions cannot be set: ", refused.Message, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(victim));
        UnixAccount.SetMode(victim, (UnixFileMode)0b110_110_000);
        Assert.Equal((UnixFileMode)0b110_110_000, File.GetUnixFileMode(victim));
    }
}
