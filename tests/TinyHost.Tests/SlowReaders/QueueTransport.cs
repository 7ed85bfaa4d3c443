// Owns: an in-memory transport that models the operating system's send queue and its resets (RFC 9112 §9.6).

using System.Text;

namespace TinyHost.Tests.SlowReaders;

/// <summary>
/// Keeps sent bytes until the peer takes them, even after a close, and resets when closed before all arrived bytes were received or
/// when more arrive afterwards. Single-threaded: continuations run within the call that completes their operation.
/// </summary>
internal sealed class QueueTransport : Transport
{
    private const int Capacity = 262_144;

    private readonly Queue<byte> _arrived = new();
    private readonly Queue<byte> _queue = new();
    private readonly StringBuilder _taken = new();
    private ReadOnlyMemory<byte> _unsent;
    private TaskCompletionSource? _sending;
    private TaskCompletionSource<int>? _receiving;
    private Memory<byte> _room;
    private bool _isWoken;
    private bool _peerFinished;
    private bool _sendIsShut;
    private bool _isDisposed;

    /// <summary>The bytes the peer has taken, as Latin-1.</summary>
    internal string Taken => _taken.ToString();

    internal bool IsReset { get; private set; }

    /// <summary>True when the peer has taken everything and sees the end.</summary>
    internal bool IsAtEnd => _queue.Count == 0 && _unsent.IsEmpty && (_sendIsShut || _isDisposed);

    internal override bool HasFailed => IsReset;

    internal override PeerState Peer => IsReset ? PeerState.Gone : _peerFinished ? PeerState.FinishedSending : PeerState.Present;

    internal void Arrive(byte[] bytes)
    {
        if (_isDisposed)
        {
            Reset();
            return;
        }

        foreach (var value in bytes)
        {
            _arrived.Enqueue(value);
        }

        ContinueReceive();
    }

    internal void FinishSending()
    {
        _peerFinished = true;
        ContinueReceive();
    }

    /// <summary>The peer takes up to <paramref name="count"/> bytes.</summary>
    internal void Take(int count)
    {
        for (; count > 0 && _queue.TryDequeue(out var value); count--)
        {
            _taken.Append((char)value);
            if (_queue.Count < Capacity / 2)
            {
                ContinueSend();
            }
        }
    }

    internal override ValueTask<int> WaitToReceiveAsync() => BeginReceive(default);

    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => BeginReceive(buffer);

    internal override ValueTask SendAsync(ReadOnlyMemory<byte> octets)
    {
        if (IsReset || _isDisposed || _sendIsShut)
        {
            return ValueTask.FromException(new PeerGoneException());
        }

        _unsent = octets;
        _sending = new TaskCompletionSource();
        var sent = _sending.Task;
        ContinueSend();
        return new ValueTask(sent);
    }

    internal override void ShutdownSend() => _sendIsShut = true;

    internal override void Wake()
    {
        _isWoken = true;
        ContinueReceive();
    }

    internal override void Abort() => Reset();

    internal override bool IsDelivering(out long delivered)
    {
        delivered = _taken.Length;
        return _queue.Count > 0;
    }

    public override void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        if (_arrived.Count > 0)
        {
            Reset();
        }

        _isDisposed = true;
        ContinueReceive();
    }

    private void Reset()
    {
        IsReset = true;
        _queue.Clear();
        _unsent = default;
        var sending = _sending;
        _sending = null;
        sending?.SetException(new PeerGoneException());
        ContinueReceive();
    }

    private void ContinueSend()
    {
        var count = Math.Min(_unsent.Length, Capacity - _queue.Count);
        foreach (var value in _unsent.Span[..count])
        {
            _queue.Enqueue(value);
        }

        _unsent = _unsent[count..];
        if (_unsent.IsEmpty && _sending is { } sending)
        {
            _sending = null;
            sending.SetResult();
        }
    }

    private ValueTask<int> BeginReceive(Memory<byte> room)
    {
        Assert.Null(_receiving);
        _room = room;
        _receiving = new TaskCompletionSource<int>();
        var received = _receiving.Task;
        ContinueReceive();
        return new ValueTask<int>(received);
    }

    private void ContinueReceive()
    {
        if (_receiving is not { } receiving)
        {
            return;
        }

        if (IsReset || _isDisposed)
        {
            _receiving = null;
            receiving.SetException(new PeerGoneException());
        }
        else if (_arrived.Count > 0 || _peerFinished)
        {
            _receiving = null;
            receiving.SetResult(Dequeue());
        }
        else if (_isWoken)
        {
            _isWoken = false;
            _receiving = null;
            receiving.SetResult(Woken);
        }
    }

    private int Dequeue()
    {
        var count = 0;
        while (count < _room.Length && _arrived.TryDequeue(out var value))
        {
            _room.Span[count++] = value;
        }

        return count;
    }
}
