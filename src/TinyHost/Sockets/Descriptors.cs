// Owns: how many descriptors the process can still open, where that can be known: Linux.
// Does not own: what is done about it (Gate).
// Source: getrlimit(2); accept(2): a new descriptor is the lowest number that is free.

using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TinyHost;

internal static class Descriptors
{
    /// <summary>
    /// So many are left to the rest of the process. The runtime needs two to start a thread and two to load an assembly, and without them
    /// it ends the process.
    /// </summary>
    internal const int Reserve = 16;

    private const int OpenFiles = 7;

    /// <summary>How many more there can be at the most after the one opened last; <see cref="int.MaxValue"/> where that is not known.</summary>
    internal static int LeftAfter(Socket latest)
    {
        // Elsewhere the limits are of another size or number.
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess || GetLimit(OpenFiles, out var limit) != 0)
        {
            return int.MaxValue;
        }

        var most = (long)Math.Min(limit.Soft, int.MaxValue);
        return (int)Math.Max(most - 1 - latest.SafeHandle.DangerousGetHandle(), 0);
    }

    [DllImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetLimit(int resource, out Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        internal ulong Soft;
        internal ulong Hard;
    }
}
