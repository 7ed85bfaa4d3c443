// Owns: telling pipes, sockets and devices from files before they are opened: opening a pipe waits for its other end. Known on Linux only.
// Source: statx(2), inode(7).

using System.Runtime.InteropServices;
using System.Text;

namespace TinyHost;

internal static class SpecialFile
{
    private const int CurrentDirectory = -100;
    private const uint WantType = 0x1;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;

    /// <summary>Whether a path leads to something that is not a regular file, a folder included. False for what does not exist.</summary>
    internal static bool IsAt(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            return GetStatus(CurrentDirectory, Encoding.UTF8.GetBytes(path + '\0'), 0, WantType, out var status) == 0
                && (status.Mode & TypeMask) != Regular;
        }
        catch (EntryPointNotFoundException)
        {
            // The C library is older than statx.
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetStatus(int directory, byte[] path, int flags, uint wanted, out Status status);

    // The same layout on every architecture.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(28)]
        internal ushort Mode;
    }
}
