// Owns: one request after the other on a connection: the objects its handler is given, the call of the chain, and when the next request gets
// objects of its own.
// Does not own: reading requests (Connection), or how one ends on the wire (Outcome).

using System.Runtime.CompilerServices;

namespace TinyHost;

internal sealed class RequestCycle : IThreadHolder
{
    private readonly ServerServices _server;
    private readonly Wire _wire;
    private readonly ConnectionInfo _info;
    private readonly IReadOnlyList<string> _basePaths;
    private readonly bool _isMonitoring;
    private volatile RequestContext _context;
    // Another task may go on with what the last handler was given.
    private bool _mayHaveLeftWork;
    private bool _isRenewDue;
    private long _renewedAt;
    private ActiveHandler _active;

    internal RequestCycle(ServerServices server, Wire wire, ConnectionInfo info, IReadOnlyList<string> basePaths, bool isMonitoring)
    {
        _server = server;
        _wire = wire;
        _info = info;
        _basePaths = basePaths;
        _isMonitoring = isMonitoring;
        _context = new RequestContext(wire, info, server.Services, server.Stages, isMonitoring, last: null);
        _renewedAt = server.Heartbeat.Now;
    }

    internal RequestContext Context => _context;

    /// <summary>True while a handler is at work. Callable from any thread.</summary>
    internal bool IsHandlerActive => _active.Method is not null;

    /// <summary>The method of the request a handler is at work on, when it counts; null otherwise. Callable from any thread.</summary>
    internal string? ActiveMethod => _context.Measured ? _active.Method : null;

    /// <summary>The number of the request being served, on this connection. Callable from any thread.</summary>
    internal int Number => _active.Number;

    /// <summary>The heartbeat's tick.</summary>
    internal void Tick() => _active.Tick();

    /// <summary>A thread that others wait for has been this connection's for a whole tick.</summary>
    /// <param name="isKnown">False when it may be another's: only a handler that was at work all the time can have kept it.</param>
    internal void ReportBlocking(bool isKnown)
    {
        if (isKnown || _active.IsOld)
        {
            _server.SocketThreads.Tell(_context, _active.Method, isKnown);
        }
    }

    void IThreadHolder.NoteBlocking(bool isKnown)
    {
        if (isKnown || _active.IsOld)
        {
            _server.SocketThreads.NoteOnPool(_context, _active.Method, isKnown);
        }
    }

    /// <summary>A request's head is complete: its handler may read and write from here on.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void Begin(in MessageFraming framing, bool isStopping)
    {
        // Objects that are hardly ever still in use are reused, but for a second at most.
        if (_isRenewDue || _wire.State.WasUsedAfterEnd || (_renewedAt != _server.Heartbeat.Now && !_isMonitoring))
        {
            Renew();
        }

        var request = _context.Request;
        _wire.State.BeginRequest(framing.Body != BodyKind.None, framing.Persistent && !isStopping);
        request.Begin(framing);
        _wire.Content.Begin(framing);
        _wire.Response.Begin(request.IsHead, request.Head.Form == TargetForm.Authority, request.Head.MinorVersion == 0);
        _active.Begin(request.Method);
        _wire.State.GrantToHandler();
    }

    /// <summary>Calls the chain.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal Task Handle(ExecutionContext? clean)
    {
        if (!_context.Request.TryEnter(_basePaths))
        {
            Rejection.Answer(_wire.Response, 404);
            return Task.CompletedTask;
        }

        var thread = PoolWatch.BeginHandler(this, out var around);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - _context.Request.TextBytes;
        var isOver = false;
        try
        {
            var handling = HandlerCall.Run(_server.App, _context, "The server's handler");
            isOver = handling.IsCompleted;
            return handling;
        }
        finally
        {
            // A handler that neither waited nor allocated has hardly ever left work behind.
            _mayHaveLeftWork |= !isOver || GC.GetAllocatedBytesForCurrentThread() - _context.Request.TextBytes != allocated;
            thread.End(around);
            AmbientState.Restore(clean);
        }
    }

    /// <summary>The handler has ended: both halves are the connection's again.</summary>
    internal LeftBehind End()
    {
        var left = _wire.State.RevokeFromHandler();
        _active.End();
        return left;
    }

    /// <summary>
    /// The request is over. Where anything may still use its objects, they can be read no more, and the next request gets its own.
    /// </summary>
    // Otherwise the next request reuses the objects and costs no memory. Ports that only the metrics answer always reuse them.
    internal void Retire()
    {
        _isRenewDue = _mayHaveLeftWork && !_isMonitoring;
        if (_isRenewDue)
        {
            _context.Request.Detach();
        }
    }

    /// <summary>The next octets are another request's.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void Next()
    {
        _wire.Head.Clear();
        _context.Request.Clear();
        _context.Clear();
    }

    // Only when the next request is there: most connections that become idle stay so for a while.
    private void Renew()
    {
        _isRenewDue = false;
        _mayHaveLeftWork = false;
        _renewedAt = _server.Heartbeat.Now;
        _wire.State.Renew();
        _context.Request.Detach();
        _wire.Response.Renew();
        _context = new RequestContext(_wire, _info, _server.Services, _server.Stages, _isMonitoring, _context);
    }
}
