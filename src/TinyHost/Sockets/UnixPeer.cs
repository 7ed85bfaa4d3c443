// Owns: whether the peer of a Unix socket is there, even if bytes it sent are not received yet.
// Source: Linux, poll(2), unix(7).

using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TinyHost;

internal static class UnixPeer
{
    private const short Error = 0x8;
    private const short HungUp = 0x10;
    private const short FinishedSending = 0x2000;

    /// <summary>Known on Linux only. A peer that has closed the connection looks as over TCP: like one that has finished sending.</summary>
    internal static PeerState StateOf(Socket socket)
    {
        var entry = new Entry { Descriptor = (int)socket.SafeHandle.DangerousGetHandle(), Events = FinishedSending };
        return Poll(ref entry, 1, 0) <= 0 ? PeerState.Present
            : (entry.Found & Error) != 0 ? PeerState.Gone
            : (entry.Found & (HungUp | FinishedSending)) != 0 ? PeerState.FinishedSending
            : PeerState.Present;
    }

    [DllImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Poll(ref Entry entry, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        internal int Descriptor;
        internal short Events;
        internal short Found;
    }
}
