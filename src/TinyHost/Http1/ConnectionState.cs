// Owns: the state of one connection: what is being read, what is being written, whether the connection persists, who may touch which half now,
// and why it closes. Everything else asks it. docs/architecture.md has the table of its transitions.
// Does not own: any octet, buffer, socket or task.

namespace TinyHost;

/// <summary>
/// A transition that is not in the table throws <see cref="InvalidOperationException"/>. Reading, writing and persistence belong to the code that holds
/// the half; rights and the close reason may be asked for from any thread.
/// </summary>
internal sealed class ConnectionState
{
    // Who may touch what, in one word: three flags below the generation of the objects that the current handler was given.
    private const int Handler = 1;
    private const int ReadPending = (int)LeftBehind.Read;
    private const int WritePending = (int)LeftBehind.Write;
    private const int NextGeneration = 8;

    private const int Pending = ReadPending | WritePending;

    private int _rights;
    private int _closeReason;
    private volatile bool _wasUsedAfterEnd;
    private volatile bool _isStopping;
    private TaskCompletionSource? _released;

    internal Reading Reading { get; private set; } = Reading.Head;

    internal Writing Writing { get; private set; } = Writing.Done;

    /// <summary>Whether another request may follow the current one on this connection (RFC 9112 §9.3).</summary>
    internal bool IsPersistent { get; private set; } = true;

    /// <summary>Why the connection closes: the first reason recorded. Callable from any thread.</summary>
    internal CloseReason CloseReason => (CloseReason)Volatile.Read(ref _closeReason);

    /// <summary>True once a final response has begun: status and fields can change no more, and a 100 (Continue) has no place.</summary>
    internal bool HasResponseStarted => Writing is not Writing.Nothing;

    /// <summary>
    /// Names the objects a handler is given. What still holds those of an earlier generation has no right to anything. Never has one of the flags.
    /// </summary>
    internal int Generation => Volatile.Read(ref _rights) & ~(Handler | Pending);

    /// <summary>True while a handler is at work.</summary>
    internal bool IsHandlerActive => (Volatile.Read(ref _rights) & Handler) != 0;

    /// <summary>True while an operation that a handler began is pending.</summary>
    internal bool IsAnyPending => (Volatile.Read(ref _rights) & Pending) != 0;

    /// <summary>True while a write that a handler began is pending.</summary>
    internal bool IsWritePending => (Volatile.Read(ref _rights) & WritePending) != 0;

    /// <summary>True once the server stops. Callable from any thread.</summary>
    internal bool IsStopping { get => _isStopping; set => _isStopping = value; }

    /// <summary>True when what a handler left behind has asked for a right since the handler ended.</summary>
    internal bool WasUsedAfterEnd => _wasUsedAfterEnd;

    // Reading and writing.

    /// <summary>A request's head is complete.</summary>
    internal void BeginRequest(bool hasContent, bool isPersistent)
    {
        Check(Reading == Reading.Head && Writing == Writing.Done);
        Reading = hasContent ? Reading.Content : Reading.Drained;
        Writing = Writing.Nothing;
        IsPersistent &= isPersistent;
    }

    /// <summary>A request is refused before any handler: what follows is no request, and a response is due.</summary>
    internal void Refuse(CloseReason reason)
    {
        Check(Reading == Reading.Head && Writing == Writing.Done);
        Writing = Writing.Nothing;
        EndReading(reason);
    }

    /// <summary>The content is at its end.</summary>
    internal void EndContent()
    {
        Check(Reading == Reading.Content);
        Reading = Reading.Drained;
    }

    /// <summary>Nothing that follows is a request: the peer has finished, the content was refused or given up, or the connection closes.</summary>
    internal void EndReading(CloseReason reason)
    {
        Reading = Reading.Ended;
        IsPersistent = false;
        Close(reason);
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
    internal void Close(CloseReason reason)
    {
        if (reason != CloseReason.None)
        {
            Interlocked.CompareExchange(ref _closeReason, (int)reason, (int)CloseReason.None);
        }
    }

    // Rights.

    /// <summary>Both halves are the handler's, of objects of the current generation, until <see cref="RevokeFromHandler"/>.</summary>
    internal void GrantToHandler()
    {
        Check((Volatile.Read(ref _rights) & (Handler | Pending)) == 0);
        Volatile.Write(ref _rights, Generation | Handler);
    }

    /// <summary>
    /// The handler has ended: both halves are the connection's for good. Returns what the handler began and is still pending;
    /// see <see cref="UntilReleasedAsync"/>.
    /// </summary>
    internal LeftBehind RevokeFromHandler() => (LeftBehind)(Interlocked.Add(ref _rights, -Handler) & Pending);

    /// <summary>New objects are made for the next handler.</summary>
    internal void Renew()
    {
        Check((Volatile.Read(ref _rights) & (Handler | Pending)) == 0);
        _wasUsedAfterEnd = false;
        Volatile.Write(ref _rights, Generation + NextGeneration);
    }

    /// <summary>
    /// A handler begins to read. Throws <see cref="InvalidOperationException"/> when another read is pending or the handler has ended;
    /// otherwise <see cref="ExitRead"/> must follow.
    /// </summary>
    internal void EnterRead(int generation) => Enter(generation, ReadPending);

    /// <summary>The handler's read has ended.</summary>
    internal void ExitRead() => Exit(ReadPending);

    /// <summary>The same for a write.</summary>
    internal void EnterWrite(int generation) => Enter(generation, WritePending);

    /// <summary>The handler's write has ended.</summary>
    internal void ExitWrite() => Exit(WritePending);

    /// <summary>Throws <see cref="InvalidOperationException"/> when another request has objects of its own since.</summary>
    internal void ThrowIfRenewed(int generation)
    {
        if (generation != Generation)
        {
            throw Refusal(Volatile.Read(ref _rights), generation, 0);
        }
    }

    /// <summary>Throws <see cref="InvalidOperationException"/> unless the objects of this generation are a handler's that is at work.</summary>
    internal void ThrowIfEnded(int generation)
    {
        var rights = Volatile.Read(ref _rights);
        if ((rights & ~Pending) != (generation | Handler))
        {
            throw Refusal(rights, generation, 0);
        }
    }

    /// <summary>Ends when no operation that a handler began is pending. For the connection, after <see cref="RevokeFromHandler"/>.</summary>
    internal ValueTask UntilReleasedAsync()
    {
        if (!IsAnyPending)
        {
            return default;
        }

        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Before the second look: an operation that ends in between finds it.
        Interlocked.Exchange(ref _released, released);
        if (!IsAnyPending)
        {
            released.TrySetResult();
        }

        return new ValueTask(released.Task);
    }

    private void Enter(int generation, int pending)
    {
        var rights = Volatile.Read(ref _rights);
        for (; ; )
        {
            if ((rights & ~(Pending ^ pending)) != (generation | Handler))
            {
                throw Refusal(rights, generation, pending);
            }

            var before = Interlocked.CompareExchange(ref _rights, rights | pending, rights);
            if (before == rights)
            {
                return;
            }

            rights = before;
        }
    }

    private void Exit(int pending)
    {
        var rights = Interlocked.Add(ref _rights, -pending);
        if ((rights & (Handler | Pending)) == 0)
        {
            // The handler has ended before.
            Volatile.Read(ref _released)?.TrySetResult();
        }
    }

    private InvalidOperationException Refusal(int rights, int generation, int pending)
    {
        if ((rights & ~Pending) == (generation | Handler))
        {
            return new InvalidOperationException(
                $"{(pending == ReadPending ? "A read of the content" : "A write of the response")} is pending: await it before the next one.");
        }

        _wasUsedAfterEnd = true;
        return new InvalidOperationException(
            "The request has ended: nothing of it can be read or written once its handler's task has completed.");
    }

    // The exception is made elsewhere, so that the check itself is inlined.
    private void Check(bool isAllowed)
    {
        if (!isAllowed)
        {
            throw Forbidden();
        }
    }

    private InvalidOperationException Forbidden() => new(
        $"Invalid transition of a connection that reads {Reading}, writes {Writing}, persists: {IsPersistent}, rights: {_rights & (NextGeneration - 1)}.");
}
