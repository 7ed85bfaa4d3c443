// Owns: octets over one accepted TCP socket.
// Does not own: accepting (Listener), or when to close.

using System.Net.Sockets;

namespace TinyHost;

internal sealed class SocketTransport : Transport
{
    private readonly Socket _socket;
    private readonly SocketOperation _receive;
    private readonly SocketOperation _send;
    private int _closed;

    internal SocketTransport(Socket socket)
    {
        _socket = socket;
        var streak = new Streak();
        _receive = new SocketOperation(streak);
        _send = new SocketOperation(streak);
    }

    internal override ValueTask WaitToReceiveAsync()
    {
        try
        {
            return _receive.WaitToReceiveAsync(_socket);
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
            return _receive.ReceiveAsync(_socket, buffer);
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
            return _send.SendAsync(_socket, octets);
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
                return _socket.Poll(0, SelectMode.SelectError);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    // Both are asked, so that both remember.
    internal override bool KeepsSocketThread() => _receive.KeepsSocketThread() | _send.KeepsSocketThread();

    public override void Dispose() => Close(reset: false);

    private void Shutdown(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
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
                _socket.Close(timeout: 0);
            }
            else
            {
                _socket.Dispose();
            }
        }
    }
}
