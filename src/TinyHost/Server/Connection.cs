// Owns: the life of one connection: wait, parse, run the chain, answer, again or close (RFC 9112 §9).
// Does not own: syntax, framing, buffers, what handlers do, or how a request ends (Outcome). Read ServeAsync first: the rest are its steps.

using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>One loop per connection, which alone reads and writes it; the heartbeat and the server's stop only ever end its waiting.</summary>
internal sealed class Connection : IThreadPoolWorkItem
{
    private readonly ServerServices _server;
    private readonly Transport _transport;
    private readonly IReadOnlyList<string> _basePaths;
    private readonly Gate _gate;
    private readonly long _opened;
    private readonly Deadline _deadline;
    private readonly ReceiveBuffer _received;
    private readonly SendBuffer _send;
    private readonly Request _request;
    private readonly ContentReader _content;
    private readonly ResponseWriter _response;
    private readonly RequestContext _context;
    private readonly HeadReader _head;
    private readonly Outcome _outcome;
    private int _idle;
    private bool _closedIdle;
    private volatile bool _peerGone;
    private ActiveHandler _active;

    internal Connection(ServerServices server, Transport transport, ConnectionInfo info, IReadOnlyList<string> basePaths, Gate gate)
    {
        _server = server;
        _gate = gate;
        _opened = server.Metrics.ConnectionOpened();
        _transport = transport;
        _basePaths = basePaths;
        _deadline = new Deadline(server.Heartbeat, server.Limits);
        _received = new ReceiveBuffer(server.Pool);
        _send = new SendBuffer(transport, _deadline, server.Pool);
        _content = new ContentReader(transport, _received, _send, _deadline, server.Limits, server.Pool);
        _response = new ResponseWriter(_send, server.Heartbeat.Date, server.Limits, _content, server.Pool);
        _request = new Request(_received, new RequestBody(_content, server.Strings, server.Pool), server.Strings, server.Pool);
        _context = new RequestContext(_request, _response, _content, info, server.Services, transport, gate.IsMonitoring);
        _head = new HeadReader(_received, _deadline, server.Limits, _request, _content);
        _outcome = new Outcome(server, _context, _response, _content, _head, _deadline);
    }

    internal long Id => _context.Connection.Id;

    /// <summary>The method of the request a handler is at work on, when it counts; null otherwise. Callable from any thread.</summary>
    internal string? ActiveMethod => _context.Measured ? _active.Method : null;

    private bool IsStopping => _server.Connections.IsClosing;

    void IThreadPoolWorkItem.Execute() => _ = ServeAsync();

    /// <summary>A thread that others wait for has been this connection's for a whole tick.</summary>
    /// <param name="isKnown">False when it may be another's: only a handler that was at work all the time can have kept it.</param>
    internal void TellOfBlocking(bool isKnown)
    {
        if (isKnown || _active.IsOld)
        {
            _server.SocketThreads.Tell(_context, _active.Method, isKnown);
        }
    }

    /// <summary>The heartbeat's look at this connection. True when it has kept a thread that others wait for since the last.</summary>
    internal bool Sweep(long now)
    {
        var keepsSocketThread = _transport.KeepsSocketThread();
        if (keepsSocketThread)
        {
            TellOfBlocking(isKnown: true);
        }

        _active.Tick();

        if (_deadline.TryExpire(now) is not Waiting.None and var expired)
        {
            if (expired is Waiting.Send or Waiting.Linger)
            {
                _transport.Abort();
            }
            else
            {
                // The loop wakes, sees why, and can still answer.
                _transport.StopReceiving();
            }

            Log.DeadlineOver(_server.Logger, Id, expired);
        }
        else if (_context.IsWatched && _active.Method is not null && _transport.PeerGone)
        {
            _peerGone = true;
            _context.Abort();
        }

        return keepsSocketThread;
    }

    /// <summary>The server stops: an idle connection closes now, a busy one after its response.</summary>
    internal void CloseIfIdle()
    {
        // Nor is the beginning of a head a request under way.
        if (Volatile.Read(ref _idle) == 1 || _deadline.Receiving == Waiting.HeaderSection)
        {
            _closedIdle = true;
            _transport.StopReceiving();
        }
    }

    /// <summary>The server has waited long enough. False when there was nothing it waited for but the connection's own end.</summary>
    internal bool Abort()
    {
        _context.Abort();
        return !_closedIdle;
    }

    /// <summary>Serves requests until the connection ends, on this thread for as long as nothing has to be waited for. Never throws.</summary>
    // Its steps are not inlined: the compiler would need several megabytes for the whole, which the process then keeps (docs/performance.md).
    internal async Task ServeAsync()
    {
        var after = After.Continue;
        CloseReason? fault = null;
        // When the request before ended, if this one has been here since; 0 otherwise.
        var ended = 0L;
        try
        {
            for (; ; )
            {
                ParseStatus head;
                while ((head = _head.Read()) == ParseStatus.Incomplete)
                {
                    ended = 0;
                    // Nothing more can be answered now: let the peer have what is ready.
                    await _send.FlushAsync().ConfigureAwait(false);
                    if (_received.UnreadCount == 0)
                    {
                        if (!BeginIdle())
                        {
                            head = ParseStatus.Incomplete;
                            break;
                        }

                        await _transport.WaitToReceiveAsync().ConfigureAwait(false);
                        Volatile.Write(ref _idle, 0);
                        _deadline.EndReceive();
                    }

                    if (_deadline.Receiving != Waiting.HeaderSection)
                    {
                        _deadline.BeginHeaderSection();
                    }

                    var count = await _transport.ReceiveAsync(_received.Room()).ConfigureAwait(false);
                    if (count == 0)
                    {
                        head = IsStopping ? ParseStatus.Incomplete : _head.EndOfStream();
                        break;
                    }

                    _received.Received(count);
                }

                _deadline.EndReceive();
                if (head != ParseStatus.Complete)
                {
                    after = head == ParseStatus.Rejected ? _outcome.Refuse() : After.Close;
                    break;
                }

                var started = BeginRequest(ended);
                Exception? failure = null;
                try
                {
                    var handling = Handle();
                    if (!handling.IsCompleted)
                    {
                        await _send.SendHeldAsync().ConfigureAwait(false);
                    }

                    await handling.ConfigureAwait(false);
                }
#pragma warning disable CA1031 // Whatever a handler throws ends its request, not the server.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    failure = e;
                }

                _active.End();
                _send.EndHold();
                _peerGone |= failure is PeerGoneException;
                after = _outcome.Of(failure);
                ended = _server.Metrics.RequestEnded(_context, started, failure);
                if (after == After.Continue && !_content.IsAtEnd)
                {
                    ended = 0;
                    // The answer goes out before what the handler left unread comes in.
                    await _send.FlushAsync().ConfigureAwait(false);
                    after = await _request.Body.DrainAsync().ConfigureAwait(false) ? After.Continue : After.Close;
                }

                if (after != After.Continue)
                {
                    break;
                }

                if (_send.Octets.Count > _server.Limits.ResponseBufferSize)
                {
                    ended = 0;
                    await _send.FlushAsync().ConfigureAwait(false);
                }

                NextRequest();
            }

            if (after == After.Abort)
            {
                _transport.Abort();
                return;
            }

            await _send.FlushAsync().ConfigureAwait(false);
            // Not behind its end, nor behind a request that it called its last.
            if (!_head.IsAtEnd && (!_request.Framing.IsLast || _received.UnreadCount > 0))
            {
                await Lingering.ReadOnAsync(_transport, _received, _content, _deadline, resumes: !IsStopping).ConfigureAwait(false);
            }
        }
        catch (PeerGoneException)
        {
            // The peer left or was shed: there is nobody to tell.
            _peerGone = true;
        }
#pragma warning disable CA1031 // A fault here must cost one connection, not the process, and must not pass unseen.
        catch (Exception e)
#pragma warning restore CA1031
        {
            fault = CloseReason.Fault;
            Log.ConnectionFaulted(_server.Logger, e, Id);
        }
        finally
        {
            await EndAsync(fault ?? _outcome.WhyClosed(after, _peerGone)).ConfigureAwait(false);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Task Handle() =>
        (_request.TryEnter(_basePaths) ? _server.App : Rejection.OutsideEveryPrefix)(_context)
        ?? throw new InvalidOperationException("The handler returned null in place of a task.");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool BeginIdle()
    {
        // Between requests nothing is held, so that a thousand idle peers cost a thousand sockets and little else.
        ReleaseBuffers();
        _deadline.BeginIdle();
        Volatile.Write(ref _idle, 1);
        // A stop that came before is seen here; one that comes after sees the connection idle.
        Interlocked.MemoryBarrier();
        return !IsStopping;
    }

    // The clock costs as much as reading the head: where one request follows on another, the end of that is the beginning of this.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private long BeginRequest(long ended)
    {
        var request = _request;
        _response.Begin(
            request.IsHead, request.Head.Form == TargetForm.Authority, request.Head.MinorVersion == 0, request.Framing.Persistent && !IsStopping);
        _active.Begin(request.Method);
        _send.Hold();
        return ended != 0 ? ended : _server.Metrics.RequestStarted();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void NextRequest()
    {
        _transport.RequestServed();
        _request.Body.Clear();
        _request.Clear();
        _context.Clear();
        _received.NextMessage();
        _head.Clear();
    }

    private async ValueTask EndAsync(CloseReason reason)
    {
        _deadline.EndReceive();
        _transport.Dispose();
        _server.Metrics.ConnectionClosed(_opened, reason);
        _gate.Leave();
        _server.Connections.Remove(this);
        // What a handler left under way ends with the transport. Until then it uses the buffers.
        await _content.CloseAsync().ConfigureAwait(false);
        await _response.CloseAsync().ConfigureAwait(false);
        ReleaseBuffers();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReleaseBuffers()
    {
        _received.Release();
        _send.Release();
        _response.ReleaseBuffer();
        _request.ReleaseBuffers();
    }
}
