// Owns: the address of a listening Unix socket, as large as that of any peer.

using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace TinyHost;

/// <summary>
/// An accept of .NET copies the address of the peer into one of the size of the listening socket's. With
/// <see cref="UnixDomainSocketEndPoint"/> a peer that has bound itself to a longer path would end the process, by an exception on a thread
/// of the runtime. Whatever a peer calls itself is ignored.
/// </summary>
internal sealed class UnixListenAddress : EndPoint
{
    private const int FamilySize = 2;
    private const int CloseOnExec = 0x80000;

    private readonly string _path;
    private readonly byte[] _name;
    private bool _isBound;

    /// <param name="path">The path, or <c>@name</c>.</param>
    /// <param name="name">The same as the system takes it; empty to let it choose.</param>
    private UnixListenAddress(string path, byte[] name) => (_path, _name) = (path, name);

    public override AddressFamily AddressFamily => AddressFamily.Unix;

    /// <summary>A socket that is bound and does not listen yet. Throws <see cref="SocketException"/>.</summary>
    /// <param name="path">The path, or <c>@name</c>.</param>
    internal static Socket Bind(string path) =>
        Bind(new UnixListenAddress(path, Encoding.UTF8.GetBytes(path[0] == '@' ? '\0' + path[1..] : path + '\0')));

    /// <summary>A socket of any kind that another process has made. Owns the descriptor. Throws <see cref="SocketException"/>.</summary>
    internal static Socket Open(SafeSocketHandle descriptor)
    {
        var socket = new Socket(descriptor);
        return socket.AddressFamily == AddressFamily.Unix && InheritedSocket.IsListening(socket) ? Replace(socket) : socket;
    }

    /// <summary>A new socket that becomes the same as the old one, which is closed.</summary>
    private static Socket Replace(Socket old)
    {
        using (old)
        {
            var socket = Bind(new UnixListenAddress(old.LocalEndPoint!.ToString()!, []));
            try
            {
                if (Duplicate(old.SafeHandle, socket.SafeHandle, CloseOnExec) < 0)
                {
                    throw new SocketException(Marshal.GetLastPInvokeError());
                }

                // The runtime must know that it listens.
                socket.Listen(Binding.DefaultBacklog);
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    public override SocketAddress Serialize()
    {
        var address = new SocketAddress(
            AddressFamily.Unix, _isBound ? SocketAddress.GetMaximumAddressSize(AddressFamily.Unix) : FamilySize + _name.Length);
        _name.CopyTo(address.Buffer.Span[FamilySize..]);
        return address;
    }

    public override EndPoint Create(SocketAddress socketAddress) => this;

    public override string ToString() => _path;

    private static Socket Bind(UnixListenAddress address)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(address);
            address._isBound = true;
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    [DllImport("libc", EntryPoint = "dup3", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Duplicate(SafeHandle from, SafeHandle to, int flags);
}
