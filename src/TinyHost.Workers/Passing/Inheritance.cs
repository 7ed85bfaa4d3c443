// Owns: which descriptors of this process its children inherit, and a pair of connected sockets.
// Sources: Linux, fcntl(2), socketpair(2).

using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TinyHost.Workers;

internal static class Inheritance
{
    private const int SetFlags = 2;
    private const int CloseOnExec = 1;
    private const int UnixFamily = 1;
    private const int StreamType = 1;
    private const int CloseOnExecType = 0x80000;

    /// <summary>Throws <see cref="IOException"/> for a descriptor that is not open.</summary>
    internal static void Set(int descriptor, bool isInherited)
    {
        if (SetDescriptorFlags(descriptor, SetFlags, isInherited ? 0 : CloseOnExec) != 0)
        {
            throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
        }
    }

    /// <summary>Two sockets that are connected with each other. No child inherits them. Throws <see cref="IOException"/>.</summary>
    internal static (SafeSocketHandle Own, SafeSocketHandle Peer) Pair()
    {
        var pair = new int[2];
        return SocketPair(UnixFamily, StreamType | CloseOnExecType, 0, pair) == 0
            ? (new SafeSocketHandle(pair[0], ownsHandle: true), new SafeSocketHandle(pair[1], ownsHandle: true))
            : throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
    }

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetDescriptorFlags(int descriptor, int command, int flags);

    [DllImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SocketPair(int family, int type, int protocol, [Out] int[] pair);
}
