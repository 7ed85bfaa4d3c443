// Owns: what fcntl(2) changes about a descriptor on Linux. Elsewhere its arguments are passed in another way.

using System.Runtime.InteropServices;

namespace TinyHost.Metrics;

internal static class DescriptorControl
{
    private const int SetFlags = 2;
    private const int CloseOnExec = 1;
    private const int AddSeals = 1_033;

    // No further seals, no smaller file, no larger file.
    private const int SealLengthForGood = 1 | 2 | 4;

    /// <summary>Programs that this process starts do not inherit the descriptor.</summary>
    internal static void CloseInPrograms(int descriptor)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Control(descriptor, SetFlags, CloseOnExec);
        }
    }

    /// <summary>Nothing changes the length of a file in memory from now on.</summary>
    internal static void SealLength(int descriptor) => _ = Control(descriptor, AddSeals, SealLengthForGood);

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, int command, int argument);
}
