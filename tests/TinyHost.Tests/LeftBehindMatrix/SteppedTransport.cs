// Owns: a transport in memory whose operations end when the scheduler says so, and whose rules are checked: one receive and one send at a time,
// their memory left alone until they end.
// Does not own: what the peer sends (LeftBehindPeer) or what it makes of the responses.

using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class SteppedTransport(StepScheduler scheduler, GuardedPool pool, Faults faults) : Transport
{
    private readonly Lock _lock = new();
    private readonly Queue<byte[]> _arriving = new();
    private readonly List<byte> _sent = [];
    private int _offset;
    private bool _peerFinished;
    private bool _woken;
    private bool _failed;
    private Operation? _receive;
    private Operation? _send;

    internal bool IsAborted { get; private set; }

    internal bool IsDisposed { get; private set; }

    internal bool SendIsShut { get; private set; }

    /// <summary>True while the server has used all that arrived and asks for more.</summary>
    internal bool IsStarving
    {
        get
        {
            lock (_lock)
            {
                return _receive is not null && !IsReceivable;
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

    internal override bool HasFailed => _failed;

    internal override PeerState Peer => _failed ? PeerState.Gone : _peerFinished ? PeerState.FinishedSending : PeerState.Present;

    private bool IsReceivable => _failed || IsDisposed || _peerFinished || _arriving.Count > 0;

    internal void Arrive(byte[] octets) => Change(() => _arriving.Enqueue(octets));

    internal void FinishSending() => Change(() => _peerFinished = true);

    internal void Reset() => Change(() => _failed = true);

    internal override ValueTask<int> WaitToReceiveAsync() => BeginReceive(default);

    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => BeginReceive(buffer);

    internal override ValueTask SendAsync(ReadOnlyMemory<byte> octets)
    {
        Operation send;
        lock (_lock)
        {
            if (_send is not null)
            {
                faults.Add("Two sends were pending at the same time.");
                throw new InvalidOperationException("A send is pending already.");
            }

            if (SendIsShut && !IsDisposed)
            {
                faults.Add("Something was sent after the server had finished sending.");
            }

            if (_failed || IsDisposed || SendIsShut)
            {
                return ValueTask.FromException(new PeerGoneException());
            }

            if (scheduler.OneIn(3))
            {
                _sent.AddRange(octets.Span);
                return default;
            }

            send = _send = new Operation { Memory = octets, Copy = octets.ToArray() };
        }

        scheduler.Post(EndSend);
        return new ValueTask(send.Task);
    }

    internal override void ShutdownSend() => Change(() => SendIsShut = true);

    internal override void Wake() => Change(() =>
    {
        if (_receive is { } receive)
        {
            receive.IsWoken = true;
        }
        else
        {
            _woken = true;
        }
    });

    internal override void Abort() => Change(() =>
    {
        IsAborted |= !IsDisposed;
        _failed = true;
    });

    public override void Dispose() => Change(() => IsDisposed = true);

    private ValueTask<int> BeginReceive(Memory<byte> buffer)
    {
        Operation receive;
        lock (_lock)
        {
            if (_receive is not null)
            {
                faults.Add("Two receives were pending at the same time.");
                throw new InvalidOperationException("A receive is pending already.");
            }

            if (IsReceivable && scheduler.OneIn(3))
            {
                return _failed || IsDisposed ? ValueTask.FromException<int>(new PeerGoneException()) : new ValueTask<int>(Take(buffer));
            }

            if (!IsReceivable && _woken)
            {
                _woken = false;
                return new ValueTask<int>(Woken);
            }

            receive = _receive = new Operation { Memory = buffer, Room = buffer };
            PostReceive();
        }

        return new ValueTask<int>(receive.Task);
    }

    // In the lock.
    private void PostReceive()
    {
        if (_receive is { IsPosted: false } receive && (IsReceivable || receive.IsWoken))
        {
            receive.IsPosted = true;
            scheduler.Post(EndReceive);
        }
    }

    private void EndReceive()
    {
        Operation receive;
        int? count = null;
        lock (_lock)
        {
            receive = _receive!;
            CheckMemory(receive, "receive");
            _receive = null;
            if (!_failed && !IsDisposed)
            {
                // What has arrived comes before the wake-up.
                count = IsReceivable ? Take(receive.Room) : Woken;
            }
        }

        receive.End(count);
    }

    private void EndSend()
    {
        Operation send;
        bool isSent;
        lock (_lock)
        {
            send = _send!;
            CheckMemory(send, "send");
            if (!send.Memory.Span.SequenceEqual(send.Copy))
            {
                faults.Add("Bytes changed while a send was using them.");
            }

            _send = null;
            isSent = !_failed && !IsDisposed;
            _sent.AddRange(isSent ? send.Copy : send.Copy.AsSpan(0, scheduler.Next(send.Copy.Length + 1)));
        }

        send.End(isSent ? 0 : null);
    }

    private void CheckMemory(Operation operation, string name)
    {
        if (pool.IsReturned(operation.Memory))
        {
            faults.Add($"An array went back to the pool while a {name} was using it.");
        }
    }

    // In the lock. A wait takes nothing.
    private int Take(Memory<byte> buffer)
    {
        if (_arriving.Count == 0 || buffer.IsEmpty)
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

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            PostReceive();
        }
    }

    /// <summary>What awaits it goes on within the step that ends it.</summary>
    private sealed class Operation
    {
        private readonly TaskCompletionSource<int> _ended = new();

        internal required ReadOnlyMemory<byte> Memory { get; init; }

        internal Memory<byte> Room { get; init; }

        internal byte[] Copy { get; init; } = [];

        internal bool IsPosted { get; set; }

        internal bool IsWoken { get; set; }

        internal Task<int> Task => _ended.Task;

        /// <summary>Without a result the operation has failed.</summary>
        internal void End(int? count)
        {
            if (count is { } result)
            {
                _ended.SetResult(result);
            }
            else
            {
                _ended.SetException(new PeerGoneException());
            }
        }
    }
}
