// Owns: receiving and sending over one accepted TCP socket, and closing it.

using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace TinyHost;

internal class SocketTransport : Transport
{
    // A larger send rarely fits the system's send buffer at once.
    private const int MaxImmediateSend = 16_384;

    private readonly Socket _socket;
    private readonly ReceiveOperation _receive;
    private int _isClosed;
    private volatile bool _hasFailed;

    internal SocketTransport(Socket socket)
        : this(socket, new ReceiveOperation(socket))
    {
    }

    protected SocketTransport(Socket socket, ReceiveOperation receive)
    {
        // Plain calls return instead of waiting. Asynchronous operations work as before.
        socket.Blocking = false;
        _socket = socket;
        _receive = receive;
    }

    internal override bool HasFailed => _hasFailed || _receive.HasFailed;

    internal override PeerState Peer => HasFailed ? PeerState.Gone : Remember(SocketState.PeerOf(_socket));

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal override ValueTask<int> WaitToReceiveAsync() => HasFailed ? Failed() : _receive.ReceiveAsync(Memory<byte>.Empty);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => HasFailed ? Failed() : _receive.ReceiveAsync(buffer);

    internal override ValueTask SendAsync(ReadOnlyMemory<byte> octets)
    {
        if (HasFailed)
        {
            return ValueTask.FromException(new PeerGoneException());
        }

        if (octets.Length <= MaxImmediateSend)
        {
            int count;
            SocketError error;
            try
            {
                count = _socket.Send(octets.Span, SocketFlags.None, out error);
            }
            catch (ObjectDisposedException e)
            {
                return ValueTask.FromException(new PeerGoneException(e));
            }

            if (error is not (SocketError.Success or SocketError.WouldBlock))
            {
                _hasFailed = true;
                return ValueTask.FromException(PeerGoneException.From(error));
            }

            if (count == octets.Length)
            {
                return default;
            }

            octets = octets[count..];
        }

        return WaitToSendAsync(octets);
    }

    internal override void ShutdownSend() => SocketClosing.ShutdownSend(_socket);

    internal override void Wake() => _receive.Wake();

    internal override void Abort()
    {
        _hasFailed = true;
        Close(reset: true);
    }

    internal override bool IsDelivering(out long delivered) => SocketState.IsDelivering(_socket, out delivered);

    public override void Dispose()
    {
        Close(reset: false);
        // Not left to the finalizer, which would keep the whole connection for another collection.
        _receive.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitToSendAsync(ReadOnlyMemory<byte> octets)
    {
        try
        {
            await _socket.SendAsync(octets, SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            _hasFailed = true;
            throw new PeerGoneException(e);
        }
        catch (ObjectDisposedException e)
        {
            throw new PeerGoneException(e);
        }
    }

    private void Close(bool reset)
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            SocketClosing.Close(_socket, reset, isReceiving: _receive.IsPending);
        }
    }

    // On Windows the check may have taken the error that the next operation would report.
    private PeerState Remember(PeerState peer)
    {
        _hasFailed |= peer == PeerState.Gone && OperatingSystem.IsWindows();
        return peer;
    }

    private static ValueTask<int> Failed() => ValueTask.FromException<int>(new PeerGoneException());
}
