// Owns: a datagram that a socket sends to itself over the loopback interface, and on which kind of thread its arrival is seen.
// Does not own: what is made of that (InlineCompletions, SocketThreadWatch).

using System.Net;
using System.Net.Sockets;

namespace TinyHost;

internal sealed class LoopbackDatagram : IDisposable
{
    private static readonly byte[] s_content = [0];

    private readonly Socket _socket;
    private readonly SocketAsyncEventArgs _receive = new(true);

    /// <param name="arrived">Called when the datagram has arrived, with whether that is on a thread of the pool.</param>
    /// <exception cref="SocketException">There is no loopback interface, or no descriptor left.</exception>
    internal LoopbackDatagram(Action<bool> arrived)
    {
        var address = Socket.OSSupportsIPv4 ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        _socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            _socket.Bind(new IPEndPoint(address, 0));
            _socket.Connect(_socket.LocalEndPoint!);
        }
        catch
        {
            Dispose();
            throw;
        }

        _receive.SetBuffer(new byte[s_content.Length]);
        _receive.Completed += (_, receive) =>
        {
            if (receive.SocketError == SocketError.Success)
            {
                arrived(Thread.CurrentThread.IsThreadPoolThread);
            }
        };
    }

    /// <summary>Sends it. False when no arrival is to be seen. The one before must have arrived.</summary>
    internal bool TrySend()
    {
        if (!_socket.ReceiveAsync(_receive))
        {
            return false;
        }

        _socket.Send(s_content);
        return true;
    }

    public void Dispose()
    {
        _socket.Dispose();
        _receive.Dispose();
    }
}
