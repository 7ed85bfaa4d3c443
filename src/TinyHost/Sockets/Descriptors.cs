// Owns: how many descriptors the process can still open. Known on Linux only.
// Source: getrlimit(2); accept(2): a new descriptor has the lowest free number.

using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TinyHost;

internal static class Descriptors
{
    /// <summary>
    /// Descriptors left to the rest of the process. The runtime needs two to start a thread and two to load an assembly, and ends the
    /// process without them.
    /// </summary>
    internal const int Reserve = 16;

    private const int OpenFiles = 7;

    /// <summary>The most that can still be opened after the latest descriptor; <see cref="int.MaxValue"/> if that is unknown.</summary>
    internal static int LeftAfter(Socket latest)
    {
        // On other systems the limits differ in size or number.
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess || GetLimit(OpenFiles, out var limit) != 0)
        {
            return int.MaxValue;
        }

        var max = (long)Math.Min(limit.Soft, int.MaxValue);
        return (int)Math.Max(max - 1 - latest.SafeHandle.DangerousGetHandle(), 0);
    }

    /// <summary>The same after several descriptors, of which any may be the latest.</summary>
    internal static int LeftAfter(List<Listener> listeners)
    {
        var left = int.MaxValue;
        foreach (var listener in listeners)
        {
            left = listener.IsInMemory ? left : Math.Min(left, LeftAfter(listener.Socket));
        }

        return left;
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
