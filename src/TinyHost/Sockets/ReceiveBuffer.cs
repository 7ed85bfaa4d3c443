// Owns: the octets received and not yet used, in one contiguous pooled array, with the current request's head kept at its start.
// Does not own: receiving them, or their meaning.

using System.Buffers;

namespace TinyHost;

/// <summary>
/// Layout: <c>[head of the current message | content used so far, reusable | unread]</c>. Offsets of the head count from
/// <see cref="Message"/>'s start and survive every move. Rents nothing while it is empty and released.
/// </summary>
internal sealed class ReceiveBuffer(ArrayPool<byte> pool)
{
    private const int InitialSize = 4_096;

    private byte[] _array = [];
    private int _messageStart;
    private int _headEnd;
    private int _unreadStart;
    private int _end;

    /// <summary>The octets from the start of the current message on.</summary>
    internal ReadOnlySpan<byte> Message => _array.AsSpan(_messageStart, _end - _messageStart);

    /// <summary>The octets received and not yet consumed.</summary>
    internal ReadOnlySpan<byte> Unread => _array.AsSpan(_unreadStart, _end - _unreadStart);

    /// <summary>The same, as memory that stays valid until the next <see cref="Room"/>.</summary>
    internal ReadOnlyMemory<byte> UnreadMemory => _array.AsMemory(_unreadStart, _end - _unreadStart);

    internal int UnreadCount => _end - _unreadStart;

    /// <summary>Keeps the first <paramref name="length"/> octets of the message as its head, and consumes them.</summary>
    internal void KeepHead(int length)
    {
        _headEnd = _messageStart + length;
        _unreadStart = _headEnd;
    }

    internal void Consume(int count) => _unreadStart += count;

    /// <summary>Drops the current message: the next one begins with what is unread.</summary>
    internal void NextMessage()
    {
        if (_unreadStart == _end)
        {
            _unreadStart = _end = 0;
        }

        _messageStart = _headEnd = _unreadStart;
    }

    /// <summary>Free memory behind the unread octets, at least one octet; moves or grows the array when there is none.</summary>
    internal Memory<byte> Room()
    {
        if (_unreadStart == _end)
        {
            _unreadStart = _end = _headEnd;
        }

        if (_end == _array.Length)
        {
            MakeRoom();
        }

        return _array.AsMemory(_end);
    }

    /// <summary>Counts octets that were received into <see cref="Room"/>.</summary>
    internal void Received(int count) => _end += count;

    /// <summary>Gives the array back. Nothing may be unread, and no message in progress.</summary>
    internal void Release()
    {
        if (_array.Length > 0)
        {
            pool.Return(_array);
            _array = [];
        }

        _messageStart = _headEnd = _unreadStart = _end = 0;
    }

    private void MakeRoom()
    {
        var head = _headEnd - _messageStart;
        var unread = _end - _unreadStart;
        var target = _array;
        if (((long)head + unread) * 2 >= _array.Length)
        {
            target = pool.Rent((int)Math.Min(Math.Max(InitialSize, _array.Length * 2L), Array.MaxLength));
        }

        // Both regions only move towards the start, the head first: nothing is overwritten before it is copied.
        _array.AsSpan(_messageStart, head).CopyTo(target);
        _array.AsSpan(_unreadStart, unread).CopyTo(target.AsSpan(head));
        if (target != _array)
        {
            if (_array.Length > 0)
            {
                pool.Return(_array);
            }

            _array = target;
        }

        _messageStart = 0;
        _headEnd = head;
        _unreadStart = head;
        _end = head + unread;
    }
}
