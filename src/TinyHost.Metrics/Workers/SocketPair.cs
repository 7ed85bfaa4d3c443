// Owns: two connected sockets without names. Source: socketpair(2).

using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TinyHost.Metrics;

internal static class SocketPair
{
    private const int Unix = 1;
    private const int Stream = 1;

    /// <summary>
    /// Makes two connected sockets, which programs started later do not inherit. The other one is a handle alone: the finalizer of a
    /// <see cref="Socket"/> that nobody keeps would close it.
    /// </summary>
    internal static (Socket Own, SafeSocketHandle Other) Create()
    {
        var descriptors = new int[2];
        if (Connect(Unix, Stream, 0, ref descriptors[0]) != 0)
        {
            throw new SocketException(Marshal.GetLastPInvokeError());
        }

        DescriptorControl.CloseInPrograms(descriptors[1]);
        return (Take(descriptors[0]), new SafeSocketHandle(descriptors[1], ownsHandle: true));
    }

    /// <summary>Takes a descriptor over as a socket.</summary>
    internal static Socket Take(int descriptor)
    {
        DescriptorControl.CloseInPrograms(descriptor);
        return new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
    }

    [DllImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Connect(int domain, int type, int protocol, ref int descriptors);
}
