// Owns: the state of one connection: what it reads, what it writes, whether it persists, who may touch which half now, and why it closes.
// docs/architecture.md has the table of its transitions.

namespace TinyHost;

/// <summary>
/// A transition that is not in the table throws <see cref="InvalidOperationException"/>. Reading, writing and persistence belong to the
/// code that holds that half; rights and the close reason may be queried from any thread.
/// </summary>
internal sealed class ConnectionState
{
    // The rights are one word: three flags, and above them the generation of the objects that the current handler has.
    private const int Handler = 1;
    private const int ReadPending = (int)LeftBehind.Read;
    private const int WritePending = (int)LeftBehind.Write;
    private const int Pending = ReadPending | WritePending;
    private const int NextGeneration = 8;

    private int _rights;
    private int _closeReason;
    private volatile bool _wasUsedAfterEnd;
    private volatile bool _isStopping;
    private TaskCompletionSource? _released;

    internal Reading Reading { get; private set; } = Reading.Head;

    internal Writing Writing { get; private set; } = Writing.Done;

    /// <summary>Whether another request may follow on this connection (RFC 9112 §9.3).</summary>
    internal bool IsPersistent { get; private set; } = true;

    /// <summary>Why the connection closes: the first reason recorded.</summary>
    internal CloseReason CloseReason => (CloseReason)Volatile.Read(ref _closeReason);

    /// <summary>True once a final response has begun: its status and fields cannot change, and 100 (Continue) comes too late.</summary>
    internal bool HasResponseStarted => Writing is not Writing.Nothing;

    /// <summary>Identifies the objects that the current handler has. Objects of an earlier generation have no rights.</summary>
    internal int Generation => Volatile.Read(ref _rights) & ~(Handler | Pending);

    internal bool IsHandlerActive => Has(Handler);

    /// <summary>True while an operation that a handler began is pending.</summary>
    internal bool IsAnyPending => Has(Pending);

    /// <summary>True while a write that a handler began is pending.</summary>
    internal bool IsWritePending => Has(WritePending);

    /// <summary>True once the server stops. May be set from any thread.</summary>
    internal bool IsStopping { get => _isStopping; set => _isStopping = value; }

    /// <summary>True if the current generation was refused a right after its handler had ended.</summary>
    internal bool WasUsedAfterEnd => _wasUsedAfterEnd;

    /// <summary>A request's head is complete.</summary>
    internal void BeginRequest(bool hasContent, bool isPersistent)
    {
        Check(Reading == Reading.Head && Writing == Writing.Done);
        Reading = hasContent ? Reading.Content : Reading.Drained;
        Writing = Writing.Nothing;
        IsPersistent &= isPersistent;
    }

    /// <summary>A request is refused before any handler sees it. A response is due, and no other request is read.</summary>
    internal void Refuse(CloseReason reason)
    {
        Check(Reading == Reading.Head && Writing == Writing.Done);
        Writing = Writing.Nothing;
        EndReading(reason);
    }

    /// <summary>The content has been read to its end.</summary>
    internal void EndContent()
    {
        Check(Reading == Reading.Content);
        Reading = Reading.Drained;
    }

    /// <summary>No other request is read: the peer has finished, the content was refused or given up, or the connection closes.</summary>
    internal void EndReading(CloseReason reason)
    {
        Reading = Reading.Ended;
        IsPersistent = false;
        RecordCloseReason(reason);
    }

    /// <summary>The head of the final response is written.</summary>
    internal void StartResponse()
    {
        Check(Writing == Writing.Nothing);
        Writing = Writing.Head;
    }

    /// <summary>Content is written.</summary>
    internal void WriteContent()
    {
        Check(Writing is Writing.Head or Writing.Content);
        Writing = Writing.Content;
    }

    /// <summary>101 is written: no request follows.</summary>
    internal void Upgrade()
    {
        Check(Writing == Writing.Nothing && Reading == Reading.Drained);
        Writing = Writing.Upgraded;
        Reading = Reading.Ended;
        IsPersistent = false;
    }

    /// <summary>The response is complete.</summary>
    internal void EndResponse()
    {
        Check(Writing is Writing.Head or Writing.Content);
        Writing = Writing.Done;
    }

    /// <summary>The current response is the last.</summary>
    internal void EndPersistence() => IsPersistent = false;

    /// <summary>The next request begins.</summary>
    internal void NextRequest()
    {
        Check(Reading == Reading.Drained && Writing == Writing.Done && IsPersistent);
        Reading = Reading.Head;
    }

    /// <summary>Records why the connection closes, unless a reason was recorded before. Callable from any thread.</summary>
    internal void RecordCloseReason(CloseReason reason) =>
        Interlocked.CompareExchange(ref _closeReason, (int)reason, (int)CloseReason.None);

    /// <summary>A handler of the current generation may use both halves, until <see cref="RevokeFromHandler"/>.</summary>
    internal void GrantToHandler()
    {
        Check(!Has(Handler | Pending));
        Volatile.Write(ref _rights, Generation | Handler);
    }

    /// <summary>
    /// The handler has ended; what it asked to be called before the head is written may use both halves, until another
    /// <see cref="RevokeFromHandler"/>. Returns the operations that the handler left pending.
    /// </summary>
    internal LeftBehind GrantToCallbacks()
    {
        Check(!Has(Handler));
        return (LeftBehind)(Interlocked.Or(ref _rights, Handler) & Pending);
    }

    /// <summary>The handler has ended. Returns the operations still pending; <see cref="UntilReleasedAsync"/> waits for them.</summary>
    internal LeftBehind RevokeFromHandler() => (LeftBehind)(Interlocked.Add(ref _rights, -Handler) & Pending);

    /// <summary>The next handler gets new objects.</summary>
    internal void Renew()
    {
        Check(!Has(Handler | Pending));
        _wasUsedAfterEnd = false;
        Volatile.Write(ref _rights, Generation + NextGeneration);
    }

    /// <summary>
    /// A handler begins to read; <see cref="ExitRead"/> must follow. Throws <see cref="InvalidOperationException"/> while another read is
    /// pending and after the handler has ended.
    /// </summary>
    internal void EnterRead(int generation) => Enter(generation, ReadPending);

    internal void ExitRead() => Exit(ReadPending);

    /// <summary>A handler begins to write; <see cref="ExitWrite"/> must follow. Throws as <see cref="EnterRead"/> does.</summary>
    internal void EnterWrite(int generation) => Enter(generation, WritePending);

    internal void ExitWrite() => Exit(WritePending);

    /// <summary>The right to write for one synchronous step. Throws as <see cref="EnterWrite"/> does.</summary>
    internal WriteRight TakeWriteRight(int generation)
    {
        EnterWrite(generation);
        return new WriteRight(this);
    }

    /// <summary>Throws <see cref="InvalidOperationException"/> once a later request has objects of its own.</summary>
    internal void ThrowIfRenewed(int generation)
    {
        if (generation != Generation)
        {
            throw StateErrors.RequestEnded();
        }
    }

    /// <summary>Throws <see cref="InvalidOperationException"/> unless a handler of this generation runs.</summary>
    internal void ThrowIfEnded(int generation)
    {
        if ((Volatile.Read(ref _rights) & ~Pending) != (generation | Handler))
        {
            throw UsedAfterEnd(generation);
        }
    }

    /// <summary>Ends when no operation that a handler began is pending. Call it after <see cref="RevokeFromHandler"/>.</summary>
    internal ValueTask UntilReleasedAsync()
    {
        if (!IsAnyPending)
        {
            return default;
        }

        // Published before the second check, so that an operation that ends in between completes it.
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _released, released);
        if (!IsAnyPending)
        {
            released.TrySetResult();
        }

        return new ValueTask(released.Task);
    }

    private bool Has(int rights) => (Volatile.Read(ref _rights) & rights) != 0;

    private void Enter(int generation, int pending)
    {
        int rights;
        do
        {
            rights = Volatile.Read(ref _rights);
            if ((rights & ~(Pending ^ pending)) != (generation | Handler))
            {
                throw (rights & ~Pending) == (generation | Handler)
                    ? StateErrors.AlreadyPending((LeftBehind)pending)
                    : UsedAfterEnd(generation);
            }
        }
        while (Interlocked.CompareExchange(ref _rights, rights | pending, rights) != rights);
    }

    private void Exit(int pending)
    {
        if ((Interlocked.Add(ref _rights, -pending) & (Handler | Pending)) == 0)
        {
            Volatile.Read(ref _released)?.TrySetResult();
        }
    }

    private InvalidOperationException UsedAfterEnd(int generation)
    {
        // The objects of earlier generations have been replaced already.
        if (generation == Generation)
        {
            _wasUsedAfterEnd = true;
        }

        return StateErrors.RequestEnded();
    }

    private void Check(bool isAllowed)
    {
        if (!isAllowed)
        {
            // Made elsewhere, so that the check is inlined.
            throw StateErrors.InvalidTransition(this, _rights & (NextGeneration - 1));
        }
    }

    /// <summary>To be disposed on the same thread, by <c>using</c>.</summary>
    internal readonly ref struct WriteRight(ConnectionState state)
    {
        public void Dispose() => state.ExitWrite();
    }
}
