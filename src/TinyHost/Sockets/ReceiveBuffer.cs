// Owns: the bytes received and not yet used, in one contiguous buffer that starts with the head of the current message.

using System.Buffers;

namespace TinyHost;

/// <summary>
/// Layout: <c>[consumed | head of the current message | consumed content | unread]</c>. Offsets into the head count from the start of
/// <see cref="Message"/> and stay valid when the buffer moves or grows. Holds no array while it is released.
/// </summary>
internal sealed class ReceiveBuffer(ArrayPool<byte> pool)
{
    private readonly PooledBuffer _buffer = new(pool, initialSize: 4_096);
    private int _messageStart;
    private int _headEnd;
    private int _unreadStart;

    /// <summary>All bytes from the start of the current message.</summary>
    internal ReadOnlySpan<byte> Message => _buffer.Written[_messageStart..];

    /// <summary>The bytes received and not yet consumed.</summary>
    internal ReadOnlySpan<byte> Unread => _buffer.Written[_unreadStart..];

    /// <summary><see cref="Unread"/> as memory. Valid until the next <see cref="Room"/>.</summary>
    internal ReadOnlyMemory<byte> UnreadMemory => _buffer.WrittenMemory[_unreadStart..];

    internal int UnreadCount => _buffer.Count - _unreadStart;

    /// <summary>Consumes the first <paramref name="length"/> bytes of the message and keeps them as its head.</summary>
    internal void KeepHead(int length)
    {
        _headEnd = _messageStart + length;
        _unreadStart = _headEnd;
    }

    internal void Consume(int count) => _unreadStart += count;

    /// <summary>Drops the current message. The next message starts with the unread bytes.</summary>
    internal void NextMessage()
    {
        if (UnreadCount == 0)
        {
            _buffer.Truncate(0);
            _unreadStart = 0;
        }

        _messageStart = _headEnd = _unreadStart;
    }

    /// <summary>Free memory behind the unread bytes, at least one byte. Moves or grows the buffer if it is full.</summary>
    internal Memory<byte> Room()
    {
        if (UnreadCount == 0)
        {
            _buffer.Truncate(_headEnd);
            _unreadStart = _headEnd;
        }

        if (!_buffer.IsFull)
        {
            return _buffer.GetMemory();
        }

        Compact();
        // As much room as there are bytes, so that a nearly full buffer is not compacted again and again.
        return _buffer.GetMemory(_buffer.Count);
    }

    /// <summary>Counts bytes that were received into <see cref="Room"/>.</summary>
    internal void Received(int count) => _buffer.Advance(count);

    /// <summary>Returns the array. There must be no unread bytes and no message in progress.</summary>
    internal void Release()
    {
        _buffer.Release();
        _messageStart = _headEnd = _unreadStart = 0;
    }

    private void Compact()
    {
        _buffer.Remove(_headEnd, _unreadStart - _headEnd);
        _buffer.Remove(0, _messageStart);
        _headEnd -= _messageStart;
        _unreadStart = _headEnd;
        _messageStart = 0;
    }
}
