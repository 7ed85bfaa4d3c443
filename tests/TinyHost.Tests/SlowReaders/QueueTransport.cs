// Owns: a transport in memory that models what a system does below a socket: it keeps what was sent until the peer takes it, goes on delivering
// after a close, and resets when it is closed over bytes that nobody received or when more arrive afterwards (RFC 9112 §9.6).
// Does not own: when the peer takes what (SlowReaderModelTests).

using System.Text;

namespace TinyHost.Tests.SlowReaders;

/// <summary>For one thread: what awaits an operation goes on within the call that ends it.</summary>
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

    /// <summary>What the peer has taken, as Latin-1.</summary>
    internal string Taken => _taken.ToString();

    internal bool IsReset { get; private set; }

    /// <summary>True once the peer has taken everything and sees the end.</summary>
    internal bool IsAtEnd => _queue.Count == 0 && _unsent.IsEmpty && (_sendIsShut || _isDisposed);

    internal override bool HasFailed => IsReset;

    internal override PeerState Peer => IsReset ? PeerState.Gone : _peerFinished ? PeerState.FinishedSending : PeerState.Present;

    internal void Arrive(byte[] octets)
    {
        if (_isDisposed)
        {
            Reset();
            return;
        }

        foreach (var octet in octets)
        {
            _arrived.Enqueue(octet);
        }

        GoOnReceiving();
    }

    internal void FinishSending()
    {
        _peerFinished = true;
        GoOnReceiving();
    }

    /// <summary>The peer takes that many bytes, or what there is.</summary>
    internal void Take(int count)
    {
        for (; count > 0 && _queue.TryDequeue(out var octet); count--)
        {
            _taken.Append((char)octet);
            if (_queue.Count < Capacity / 2)
            {
                GoOnSending();
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
        GoOnSending();
        return new ValueTask(sent);
    }

    internal override void ShutdownSend() => _sendIsShut = true;

    internal override void Wake()
    {
        _isWoken = true;
        GoOnReceiving();
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
        GoOnReceiving();
    }

    private void Reset()
    {
        IsReset = true;
        _queue.Clear();
        _unsent = default;
        var sending = _sending;
        _sending = null;
        sending?.SetException(new PeerGoneException());
        GoOnReceiving();
    }

    private void GoOnSending()
    {
        var count = Math.Min(_unsent.Length, Capacity - _queue.Count);
        foreach (var octet in _unsent.Span[..count])
        {
            _queue.Enqueue(octet);
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
        GoOnReceiving();
        return new ValueTask<int>(received);
    }

    private void GoOnReceiving()
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
        while (count < _room.Length && _arrived.TryDequeue(out var octet))
        {
            _room.Span[count++] = octet;
        }

        return count;
    }
}
