// Owns: receiving whole messages from a WebSocket.

using System.Buffers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace TinyHost.JsonRpc;

/// <summary>What has come from the peer.</summary>
internal enum SocketInputKind
{
    /// <summary>A text message, in <see cref="SocketInput.Take"/>.</summary>
    Message,

    /// <summary>The beginning of a binary message.</summary>
    Binary,

    /// <summary>The beginning of a message that is too long.</summary>
    TooLong,

    /// <summary>A close frame.</summary>
    Close,
}

/// <summary>
/// While no message arrives, no buffer is held. Text that is not valid UTF-8 ends the socket with 1007 as it is received.
/// </summary>
internal sealed class SocketInput(WebSocket socket, int maxMessageSize)
{
    private const int FirstSize = 4_096;

    private readonly int _most = Math.Min(maxMessageSize, Array.MaxLength - 1);
    private byte[]? _buffer;
    private int _length;

    /// <summary>Receives a message. Throws what the socket throws when the peer has left or has violated the protocol.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SocketInputKind> ReadAsync()
    {
        for (_length = 0; ;)
        {
            // An empty buffer waits for the header of a frame.
            var received = await socket.ReceiveAsync(Free(), CancellationToken.None).ConfigureAwait(false);
            if (received.MessageType != WebSocketMessageType.Text)
            {
                return received.MessageType == WebSocketMessageType.Close ? SocketInputKind.Close : SocketInputKind.Binary;
            }

            _length += received.Count;
            if (_length > _most)
            {
                return SocketInputKind.TooLong;
            }

            if (received.EndOfMessage)
            {
                return SocketInputKind.Message;
            }

            MakeRoom();
        }
    }

    /// <summary>Receives and drops whatever comes before the close frame.</summary>
    public async ValueTask DropAsync()
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(FirstSize);
        while ((await socket.ReceiveAsync(_buffer.AsMemory(), CancellationToken.None).ConfigureAwait(false)).MessageType
            != WebSocketMessageType.Close)
        {
            // The peer has not seen our close frame yet.
        }
    }

    /// <summary>The message, and its memory, which the caller returns to the pool.</summary>
    public (byte[] Rented, int Length) Take()
    {
        var taken = _buffer ?? ArrayPool<byte>.Shared.Rent(FirstSize);
        _buffer = null;
        return (taken, _length);
    }

    /// <summary>Returns the memory.</summary>
    public void Release()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }

    private Memory<byte> Free() => _buffer is null ? default : _buffer.AsMemory(_length);

    private void MakeRoom()
    {
        if (_buffer is null)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
        }
        else if (_length == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * _length, Array.MaxLength));
            _buffer.CopyTo(larger, 0);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
