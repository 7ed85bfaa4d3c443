// Owns: what kind of file a path leads to, which file it is and when it changed, before anything is opened. Known on Linux only.
// Source: statx(2), inode(7).

using System.Runtime.InteropServices;
using System.Text;

namespace TinyHost;

/// <summary>The status of a file. The layout is the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatus
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    // The type, the times of the last write and of the last change, the inode and the size.
    private const uint Wanted = 0x1 | 0x40 | 0x80 | 0x100 | 0x200;
    // The octets of a path that need no array.
    private const int HeldOnStack = 512;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;
    private const int Link = 0xA000;
    private const int Socket = 0xC000;

    [FieldOffset(28)]
    internal ushort Mode;

    [FieldOffset(32)]
    internal ulong Inode;

    [FieldOffset(40)]
    internal long Size;

    [FieldOffset(96)]
    internal long ChangedSeconds;

    [FieldOffset(104)]
    internal uint ChangedNanoseconds;

    [FieldOffset(112)]
    internal long ModifiedSeconds;

    [FieldOffset(120)]
    internal uint ModifiedNanoseconds;

    [FieldOffset(136)]
    internal ulong Device;

    internal readonly bool IsRegular => (Mode & TypeMask) == Regular;

    internal readonly bool IsLink => (Mode & TypeMask) == Link;

    internal readonly bool IsSocket => (Mode & TypeMask) == Socket;

    /// <summary>When the content was last written, in units of 100 ns, as the runtime has it.</summary>
    internal readonly DateTimeOffset Modified => DateTimeOffset.UnixEpoch.AddTicks(
        (ModifiedSeconds * TimeSpan.TicksPerSecond) + (ModifiedNanoseconds / TimeSpan.NanosecondsPerTick));

    /// <summary>Differs between files that exist at the same time.</summary>
    internal readonly (ulong Device, ulong Inode) Identity => (Device, Inode);

    /// <summary>Null for what does not exist or is not accessible, and where the system does not tell.</summary>
    /// <param name="path">The path.</param>
    /// <param name="followsLink">Whether the status is that of the file which a symbolic link leads to.</param>
    internal static FileStatus? Read(ReadOnlySpan<char> path, bool followsLink)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        // With a NUL at its end.
        var size = Encoding.UTF8.GetMaxByteCount(path.Length) + 1;
        var name = size <= HeldOnStack ? stackalloc byte[HeldOnStack] : new byte[size];
        name[Encoding.UTF8.GetBytes(path, name)] = 0;
        try
        {
            return GetStatus(CurrentDirectory, in name[0], followsLink ? 0 : NoFollow, Wanted, out var status) == 0 ? status : null;
        }
        catch (EntryPointNotFoundException)
        {
            // The C library is older than statx.
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetStatus(int directory, in byte path, int flags, uint wanted, out FileStatus status);
}
