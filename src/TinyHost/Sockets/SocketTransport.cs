// Owns: octets over one accepted TCP socket.
// Does not own: accepting (Listener), or when to close.

using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace TinyHost;

internal sealed class SocketTransport : Transport
{
    // More than this seldom fits the system's buffer at once.
    private const int MaxImmediateSend = 16_384;

    // Linux, tcp_info: the state is its first octet; bytes acknowledged, segments under way and bytes not sent lie further on.
    private const int Tcp = 6, TcpInfo = 11;
    private const int UnackedAt = 24, BytesAckedAt = 120, NotSentAt = 144, TcpInfoSize = 148;
    private const byte Closed = 7, CloseWait = 8;

    private readonly Socket _socket;
    private readonly Streak _streak = new();
    private readonly ReceiveOperation _receive;
    // Most connections never have to wait for their peer to take a response.
    private SendOperation? _send;
    private int _closed;
    private volatile bool _hasFailed;

    internal SocketTransport(Socket socket)
    {
        // So that a call in passing returns in place of waiting. The operations do not mind.
        socket.Blocking = false;
        _socket = socket;
        _receive = new ReceiveOperation(socket, _streak);
    }

    internal override bool HasFailed => _hasFailed || _receive.HasFailed || _send?.HasFailed == true;

    internal override PeerState Peer
    {
        get
        {
            if (HasFailed)
            {
                return PeerState.Gone;
            }

            try
            {
                return OperatingSystem.IsLinux() ? ReadState() : Poll();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return PeerState.Gone;
            }
        }
    }

    private SendOperation Sending => _send ??= new SendOperation(_socket, _streak);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal override ValueTask<int> WaitToReceiveAsync()
    {
        if (HasFailed)
        {
            return ValueTask.FromException<int>(new PeerGoneException());
        }

        try
        {
            return _receive.WaitAsync();
        }
        catch (ObjectDisposedException e)
        {
            return ValueTask.FromException<int>(new PeerGoneException(e));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        if (HasFailed)
        {
            return ValueTask.FromException<int>(new PeerGoneException());
        }

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
        if (HasFailed)
        {
            return ValueTask.FromException(new PeerGoneException());
        }

        try
        {
            if (octets.Length <= MaxImmediateSend)
            {
                var count = _socket.Send(octets.Span, SocketFlags.None, out var error);
                if (error is not (SocketError.Success or SocketError.WouldBlock))
                {
                    _hasFailed = true;
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

    internal override void Wake() => _receive.Wake();

    internal override void Abort()
    {
        _hasFailed = true;
        Close(reset: true);
    }

    internal override bool IsDelivering(out long delivered)
    {
        delivered = 0;
        Span<byte> info = stackalloc byte[TcpInfoSize];
        try
        {
            if (!OperatingSystem.IsLinux() || _socket.GetRawSocketOption(Tcp, TcpInfo, info) < TcpInfoSize)
            {
                return false;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Lost: nothing is delivered any more.
            return false;
        }

        delivered = BitConverter.ToInt64(info[BytesAckedAt..]);
        return BitConverter.ToInt32(info[UnackedAt..]) > 0 || BitConverter.ToInt32(info[NotSentAt..]) > 0;
    }

    // `|` rather than `||`: each call also updates its own state.
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

    private void Close(bool reset)
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
        {
            return;
        }

        if (reset)
        {
            _socket.Close(timeout: 0);
            return;
        }

        if (_receive.IsAtSocket)
        {
            // .NET resets a connection that is closed under an operation, unless its sending half was shut before.
            ShutdownSend();
        }

        _socket.Dispose();
    }

    // A poll would not see the peer's end behind octets that nobody has received yet, and takes an urgent octet for an error.
    private PeerState ReadState()
    {
        Span<byte> state = stackalloc byte[1];
        return _socket.GetRawSocketOption(Tcp, TcpInfo, state) != 1 ? PeerState.Present
            : state[0] switch
            {
                Closed => PeerState.Gone,
                CloseWait => PeerState.FinishedSending,
                _ => PeerState.Present,
            };
    }

    private PeerState Poll() =>
        _socket.Poll(0, SelectMode.SelectError) ? PeerState.Gone
        : _socket.Poll(0, SelectMode.SelectRead) && _socket.Available == 0 ? PeerState.FinishedSending
        : PeerState.Present;
}
