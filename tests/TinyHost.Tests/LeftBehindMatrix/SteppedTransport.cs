// Owns: an in-memory transport whose operations end when the scheduler says so, and which checks how it is used.

using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.LeftBehindMatrix;

/// <summary>At most one receive and one send may be pending, and their memory must not change until they end.</summary>
internal sealed class SteppedTransport(StepScheduler scheduler, GuardedPool pool, Failures failures) : Transport
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

    /// <summary>True while the server has consumed everything that arrived and is receiving.</summary>
    internal bool IsWaitingForInput
    {
        get
        {
            lock (_lock)
            {
                return _receive is not null && !IsReceivable;
            }
        }
    }

    /// <summary>The bytes the server has sent, as Latin-1.</summary>
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

    internal void Arrive(byte[] bytes) => Change(() => _arriving.Enqueue(bytes));

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
                failures.Add("Two sends were pending at the same time.");
                throw new InvalidOperationException("Another send is pending.");
            }

            if (SendIsShut && !IsDisposed)
            {
                failures.Add("The server sent after it had shut down sending.");
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
                failures.Add("Two receives were pending at the same time.");
                throw new InvalidOperationException("Another receive is pending.");
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

    // Called with the lock held.
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
                // Bytes that have arrived take precedence over a wake-up.
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
                failures.Add("Memory changed while a send was using it.");
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
            failures.Add($"An array was returned to the pool while a {name} was using it.");
        }
    }

    // Called with the lock held. A wait has an empty buffer and takes nothing.
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

    /// <summary>A pending operation. Continuations run within the step that ends it.</summary>
    private sealed class Operation
    {
        private readonly TaskCompletionSource<int> _ended = new();

        internal required ReadOnlyMemory<byte> Memory { get; init; }

        internal Memory<byte> Room { get; init; }

        internal byte[] Copy { get; init; } = [];

        internal bool IsPosted { get; set; }

        internal bool IsWoken { get; set; }

        internal Task<int> Task => _ended.Task;

        /// <summary>Completes the operation; null makes it fail.</summary>
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
