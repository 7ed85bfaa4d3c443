// Owns: a transport whose peer is the test, which controls what arrives, sees what was sent, and can fail any operation.

using System.Text;

namespace TinyHost.Tests.Support;

internal sealed class MemoryTransport : Transport
{
    private readonly Lock _lock = new();
    private readonly List<byte> _sent = [];
    private readonly Queue<byte[]> _arriving = new();
    private int _offset;
    private bool _peerFinished;
    private bool _woken;
    private bool _aborted;
    private bool _sendsBlocked;
    private int _isReceiving;
    private int _isSending;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Fails the n-th send (counted from 0) as a reset would; null for never.</summary>
    internal int? FailSend { get; init; }

    /// <summary>Fails the n-th receive (counted from 0) as a reset would; null for never.</summary>
    internal int? FailReceive { get; init; }

    internal int Sends { get; private set; }

    internal int Receives { get; private set; }

    /// <summary>The number of receives begun: one more than <see cref="Receives"/> while a receive is pending.</summary>
    internal int ReceivesBegun { get; private set; }

    internal bool SendIsShut { get; private set; }

    internal bool IsDisposed { get; private set; }

    internal bool IsAborted
    {
        get
        {
            lock (_lock)
            {
                return _aborted;
            }
        }
    }

    internal bool Vanished { get; set; }

    internal override bool HasFailed => IsAborted;

    internal override PeerState Peer
    {
        get
        {
            lock (_lock)
            {
                return Vanished || _aborted ? PeerState.Gone : _peerFinished ? PeerState.FinishedSending : PeerState.Present;
            }
        }
    }

    /// <summary>True while a wake-up is pending.</summary>
    internal bool IsWoken
    {
        get
        {
            lock (_lock)
            {
                return _woken;
            }
        }
    }

    /// <summary>What the server has sent, as Latin-1.</summary>
    internal string Sent
    {
        get
        {
            lock (_lock)
            {
                return Encoding.Latin1.GetString([.. _sent]);
            }
        }
    }

    /// <summary>Octets arrive. A receive returns octets of one call only.</summary>
    internal MemoryTransport Arrive(string octets) => Arrive(Encoding.Latin1.GetBytes(octets));

    internal MemoryTransport Arrive(byte[] octets)
    {
        Change(() => _arriving.Enqueue(octets));
        return this;
    }

    /// <summary>Octets arrive, but the system has not reported them yet: only polling finds them.</summary>
    internal void ArriveUnnoticed(string octets)
    {
        lock (_lock)
        {
            _arriving.Enqueue(Encoding.Latin1.GetBytes(octets));
        }
    }

    /// <summary>The peer shuts down its sending side.</summary>
    internal MemoryTransport FinishSending()
    {
        Change(() => _peerFinished = true);
        return this;
    }

    /// <summary>The peer resets the connection.</summary>
    internal void Reset() => Change(() => _aborted = true);

    /// <summary>True once a send has begun that the peer does not read.</summary>
    internal bool SendIsBlocked { get; private set; }

    /// <summary>Whether a blocked send continues to use its octets after an abort, until <see cref="UnblockSends"/>.</summary>
    internal bool SendsOutliveAbort { get; init; }

    internal void BlockSends() => Change(() => _sendsBlocked = true);

    internal void UnblockSends() => Change(() => _sendsBlocked = false);

    /// <summary>Completes when the octets sent so far satisfy the condition.</summary>
    internal async Task<string> SentAsync(Func<string, bool> condition)
    {
        for (; ; )
        {
            Task changed;
            lock (_lock)
            {
                changed = _changed.Task;
            }

            if (condition(Sent))
            {
                return Sent;
            }

            await changed.WaitAsync(TestTimeout.Long);
        }
    }

    internal override async ValueTask<int> WaitToReceiveAsync()
    {
        Begin(ref _isReceiving);
        try
        {
            return await UntilReceivableAsync() ? 0 : Woken;
        }
        finally
        {
            Volatile.Write(ref _isReceiving, 0);
        }
    }

    internal override async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        Begin(ref _isReceiving);
        try
        {
            ReceivesBegun++;
            return await UntilReceivableAsync() ? Take(buffer) : Woken;
        }
        finally
        {
            Volatile.Write(ref _isReceiving, 0);
        }
    }

    private int Take(Memory<byte> buffer)
    {
        lock (_lock)
        {
            if (Receives == FailReceive)
            {
                _aborted = true;
                throw new PeerGoneException();
            }

            Receives++;
            if (_arriving.Count == 0)
            {
                return 0;
            }

            var first = _arriving.Peek();
            var count = Math.Min(buffer.Length, first.Length - _offset);
            first.AsMemory(_offset, count).CopyTo(buffer);
            _offset += count;
            if (_offset == first.Length)
            {
                _arriving.Dequeue();
                _offset = 0;
            }

            return count;
        }
    }

    internal override async ValueTask SendAsync(ReadOnlyMemory<byte> octets)
    {
        Begin(ref _isSending);
        try
        {
            await UntilSendableAsync();
            Change(() =>
            {
                Sends++;
                _sent.AddRange(octets.Span);
            });
        }
        finally
        {
            Volatile.Write(ref _isSending, 0);
        }
    }

    // Like a socket, it allows only one receive and one send at a time.
    private static void Begin(ref int isPending)
    {
        if (Interlocked.Exchange(ref isPending, 1) != 0)
        {
            throw new InvalidOperationException("Two receives, or two sends, were pending on a transport at the same time.");
        }
    }

    private async Task UntilSendableAsync()
    {
        for (; ; )
        {
            Task changed;
            lock (_lock)
            {
                var outlives = SendsOutliveAbort && _sendsBlocked && SendIsBlocked;
                if ((_aborted && !outlives) || Sends == FailSend)
                {
                    _aborted = true;
                    throw new PeerGoneException();
                }

                if (!_sendsBlocked)
                {
                    return;
                }

                SendIsBlocked = true;
                changed = _changed.Task;
            }

            await changed;
        }
    }

    internal override void ShutdownSend() => Change(() => SendIsShut = true);

    internal override void Wake() => Change(() => _woken = true);

    internal override void Abort() => Change(() => _aborted = true);

    public override void Dispose() => Change(() => IsDisposed = true);

    /// <summary>False if woken before anything arrived.</summary>
    private async Task<bool> UntilReceivableAsync()
    {
        for (; ; )
        {
            Task changed;
            lock (_lock)
            {
                if (_aborted || IsDisposed)
                {
                    throw new PeerGoneException();
                }

                if (_arriving.Count > 0 || _peerFinished)
                {
                    return true;
                }

                if (_woken)
                {
                    _woken = false;
                    return false;
                }

                changed = _changed.Task;
            }

            await changed;
        }
    }

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            change();
            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }
}
