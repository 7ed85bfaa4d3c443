// Owns: octets over one accepted TCP socket.
// Does not own: accepting (Listener), or when to close.

using System.Net.Sockets;

namespace TinyHost;

internal sealed class SocketTransport(Socket socket) : Transport
{
    private readonly SocketOperation _receive = new();
    private readonly SocketOperation _send = new();
    private int _closed;

    internal override ValueTask WaitToReceiveAsync()
    {
        try
        {
            return _receive.WaitToReceiveAsync(socket);
        }
        catch (ObjectDisposedException e)
        {
            return ValueTask.FromException(new PeerGoneException(e));
        }
    }

    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        try
        {
            return _receive.ReceiveAsync(socket, buffer);
        }
        catch (ObjectDisposedException e)
        {
            return ValueTask.FromException<int>(new PeerGoneException(e));
        }
    }

    internal override ValueTask SendAsync(ReadOnlyMemory<byte> octets)
    {
        try
        {
            return _send.SendAsync(socket, octets);
        }
        catch (ObjectDisposedException e)
        {
            return ValueTask.FromException(new PeerGoneException(e));
        }
    }

    internal override void ShutdownSend() => Shutdown(SocketShutdown.Send);

    internal override void StopReceiving()
    {
        if (OperatingSystem.IsWindows())
        {
            // There a shutdown leaves a pending receive pending.
            Abort();
        }
        else
        {
            Shutdown(SocketShutdown.Receive);
        }
    }

    internal override void Abort() => Close(reset: true);

    internal override bool PeerGone
    {
        get
        {
            try
            {
                return socket.Poll(0, SelectMode.SelectError);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    public override void Dispose() => Close(reset: false);

    private void Shutdown(SocketShutdown how)
    {
        try
        {
            socket.Shutdown(how);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Not connected any more: the next operation says so to the connection.
        }
    }

    // The operations are not disposed with the socket: one that is still pending ends with an error, and its
    // buffer must stay valid until then.
    private void Close(bool reset)
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            if (reset)
            {
                socket.Close(timeout: 0);
            }
            else
            {
                socket.Dispose();
            }
        }
    }
}
