// Owns: octets over one accepted TCP socket.
// Does not own: accepting (Listener), or when to close.

using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace TinyHost;

internal sealed class SocketTransport : Transport
{
    // More than this seldom fits the system's buffer at once.
    private const int MaxImmediateSend = 16_384;

    private readonly Socket _socket;
    private readonly Streak _streak = new();
    private readonly ReceiveOperation _receive;
    // Most connections never have to wait for their peer to take a response.
    private SendOperation? _send;
    private int _closed;

    internal SocketTransport(Socket socket)
    {
        // So that a call in passing returns in place of waiting. The operations do not mind.
        socket.Blocking = false;
        _socket = socket;
        _receive = new ReceiveOperation(socket, _streak);
    }

    private SendOperation Sending => _send ??= new SendOperation(_socket, _streak);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal override ValueTask WaitToReceiveAsync()
    {
        try
        {
            return _receive.WaitAsync();
        }
        catch (ObjectDisposedException e)
        {
            return ValueTask.FromException(new PeerGoneException(e));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        try
        {
            return _receive.ReceiveAsync(buffer);
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
            if (octets.Length <= MaxImmediateSend)
            {
                var count = _socket.Send(octets.Span, SocketFlags.None, out var error);
                if (error is not (SocketError.Success or SocketError.WouldBlock))
                {
                    return ValueTask.FromException(PeerGoneException.From(error));
                }

                if (count == octets.Length)
                {
                    return _streak.IsOver() ? Sending.SentOnPool() : default;
                }

                octets = octets[count..];
            }

            return Sending.SendAsync(octets);
        }
        catch (ObjectDisposedException e)
        {
            return ValueTask.FromException(new PeerGoneException(e));
        }
    }

    internal override void ShutdownSend()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Not connected any more: the next operation says so to the connection.
        }
    }

    internal override void StopReceiving() => _receive.Stop();

    internal override void ResumeReceiving() => _receive.Resume();

    internal override void Abort() => Close(reset: true);

    internal override bool PeerGone
    {
        get
        {
            try
            {
                return _socket.Poll(0, SelectMode.SelectError) && (!OperatingSystem.IsLinux() || IsClosedByReset());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    // Both are asked, so that both remember.
    internal override bool KeepsSocketThread() => _receive.KeepsSocketThread() | (_send?.KeepsSocketThread() ?? false);

    internal override void RequestServed() => _streak.Extend();

    public override void Dispose()
    {
        Close(reset: false);
        // One that is still pending ends with an error first: its buffer stays valid until then. Left to the finalizer they, and the whole
        // connection with them, would outlive a collection.
        _receive.Dispose();
        _send?.Dispose();
    }

    // An urgent octet polls like an error and is none. Asking for the error itself would take it from the operation that is to meet it.
    private bool IsClosedByReset()
    {
        const int Tcp = 6, TcpInfo = 11;
        const byte Closed = 7;
        Span<byte> state = stackalloc byte[1];
        return _socket.GetRawSocketOption(Tcp, TcpInfo, state) == 1 && state[0] == Closed;
    }

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
