// Owns: the life of one connection: wait, parse, run the chain, answer, again or close (RFC 9112 §9).
// Does not own: its state (ConnectionState), syntax, framing, buffers, what handlers do, or how a request ends (Outcome). Read ServeAsync first:
// the rest are its steps.

using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>One loop per connection, which alone reads and writes it; the heartbeat and the server's stop only ever end its waiting.</summary>
internal sealed class Connection : IThreadPoolWorkItem
{
    private readonly ServerServices _server;
    private readonly Transport _transport;
    private readonly ConnectionInfo _info;
    private readonly Gate _gate;
    private readonly long _opened;
    private readonly Deadline _deadline;
    private readonly ReceiveBuffer _received;
    private readonly SendBuffer _send;
    private readonly ContentReader _content;
    private readonly ResponseWriter _response;
    private readonly ConnectionState _state = new();
    private readonly Wire _wire;
    private readonly HeadReader _head;
    private readonly Outcome _outcome;
    private readonly RequestCycle _cycle;
    // Whether responses to earlier requests are yet to be sent when a handler begins.
    private bool _hasHeld;
    private DeliveryPace _pace = new();

    internal Connection(ServerServices server, Transport transport, ConnectionInfo info, IReadOnlyList<string> basePaths, Gate gate)
    {
        _server = server;
        _gate = gate;
        _opened = server.Metrics.ConnectionOpened();
        _transport = transport;
        _info = info;
        _deadline = new Deadline(server.Heartbeat, server.Limits);
        _received = new ReceiveBuffer(server.Pool);
        _send = new SendBuffer(transport, _deadline, server.Pool);
        _content = new ContentReader(_state, transport, _received, _send, _deadline, server.Limits, server.Pool);
        _response = new ResponseWriter(_state, _send, server.Heartbeat.Date, server.Limits, _content, server.Pool);
        _wire = new Wire(_state, transport, _received, _send, new RequestHead(server.Pool), _content, _response, server.Strings, server.Pool, server.Logger, server.Stopping);
        _cycle = new RequestCycle(server, _wire, info, basePaths, gate.IsMonitoring);
        _head = new HeadReader(_state, _received, _wire.Head, server.Limits);
        _outcome = new Outcome(server, _wire, info);
    }

    /// <summary>The method of the request a handler is at work on, when it counts; null otherwise. Callable from any thread.</summary>
    internal string? ActiveMethod => _cycle.ActiveMethod;

    private bool IsStopping => _server.Connections.IsClosing;

    /// <summary>True while a response has started and not ended, an upgraded connection included. Callable from any thread.</summary>
    internal bool IsStreaming => _state.Writing is Writing.Head or Writing.Content or Writing.Upgraded;

    /// <summary>The number of the request being served, on this connection. Callable from any thread.</summary>
    internal int RequestNumber => _cycle.Number;

    /// <summary>What a thread runs while it runs the handler.</summary>
    internal IThreadHolder Handling => _cycle;

    void IThreadPoolWorkItem.Execute() => _ = ServeAsync();

    /// <summary>A thread that others wait for has been this connection's for a whole tick.</summary>
    /// <param name="isKnown">False when it may be another's: only a handler that was at work all the time can have kept it.</param>
    internal void ReportBlocking(bool isKnown) => _cycle.ReportBlocking(isKnown);

    /// <summary>The heartbeat's look at this connection. True when it has kept a thread that others wait for since the last.</summary>
    internal bool Sweep(long now)
    {
        var keepsSocketThread = _transport.KeepsSocketThread();
        if (keepsSocketThread)
        {
            _cycle.ReportBlocking(isKnown: true);
        }

        _cycle.Tick();

        if (_deadline.TryExpire(now) is not Waiting.None and var expired)
        {
            if (expired == Waiting.Send)
            {
                _state.Close(CloseReason.ResponseTooSlow);
                _transport.Abort();
            }
            else
            {
                // What waits looks once more for what has arrived, then for the reason, and can still answer.
                _transport.Wake();
            }

            Log.DeadlineOver(_server.Logger, _info.Id, expired);
        }
        else if (_cycle is { IsHandlerActive: true, Context: { IsWatched: true } watched } && _transport.Peer != PeerState.Present)
        {
            watched.NoticeLeft();
        }

        return keepsSocketThread;
    }

    /// <summary>The server stops: an idle connection closes now, a busy one after its response. What waits looks for that by itself.</summary>
    internal void CloseIfIdle()
    {
        _state.IsStopping = true;
        _transport.Wake();
    }

    /// <summary>The server begins to stop: the handler at work can learn of it.</summary>
    internal void AnnounceStop() => _cycle.Context.AnnounceStop();

    /// <summary>The server has waited long enough. False when no handler was at work.</summary>
    internal bool Abort()
    {
        var isBusy = _cycle.IsHandlerActive;
        _state.Close(CloseReason.ServerStopped);
        _transport.Abort();
        _cycle.Context.NoticeLeft();
        return isBusy;
    }

    /// <summary>Serves requests until the connection ends, on this thread for as long as nothing has to be waited for. Never throws.</summary>
    // Its steps are not inlined: the compiler would need several megabytes for the whole, which the process then keeps (docs/performance.md).
    internal async Task ServeAsync()
    {
        // Every request begins with this context: none, but for the mark that a handler runs in it.
        var clean = _server.Handlers.Enter();
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
                    if (_received.UnreadCount > 0)
                    {
                        BeginHeaderSection();
                    }
                    else
                    {
                        BeginIdle();
                        // A stop that comes after this look wakes the wait.
                        if (!IsStopping && await _transport.WaitToReceiveAsync().ConfigureAwait(false) == Transport.Woken && !IsIdleOver())
                        {
                            continue;
                        }
                    }

                    if (IsStopping || _deadline.IsReceiveOver)
                    {
                        // Only a look: what has arrived already is served.
                        _transport.Wake();
                    }

                    var count = await _transport.ReceiveAsync(_received.Room()).ConfigureAwait(false);
                    if (count > 0)
                    {
                        _received.Received(count);
                    }
                    else if (count == 0 || IsStopping || _deadline.IsReceiveOver)
                    {
                        head = EndHead(count);
                        break;
                    }
                }

                _deadline.EndReceive();
                if (head != ParseStatus.Complete)
                {
                    if (head == ParseStatus.Rejected)
                    {
                        _outcome.Refuse(_head.Rejection, _head.IsHead);
                    }

                    break;
                }

                var started = BeginRequest(ended);
                Exception? failure = null;
                try
                {
                    var handling = _cycle.Handle(clean);
                    if (!handling.IsCompleted && _hasHeld)
                    {
                        await _send.SendHeldAsync().ConfigureAwait(false);
                    }

                    await handling.ConfigureAwait(false);
                }
#pragma warning disable CA1031 // Whatever a handler throws ends its request, not the server.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    failure = HandlerFailure.CauseOf(e, _cycle.Context);
                }

                var isAnswered = EndRequest(failure);
                ended = _server.Metrics.RequestEnded(_cycle.Context, started, failure);
                _cycle.Retire();

                if (!isAnswered)
                {
                    return;
                }

                if (_state is { IsPersistent: true, Reading: Reading.Content })
                {
                    ended = 0;
                    // The answer goes out before what the handler left unread comes in.
                    await _send.FlushAsync().ConfigureAwait(false);
                    if (!await _content.DrainAsync().ConfigureAwait(false))
                    {
                        break;
                    }
                }

                if (!_state.IsPersistent)
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

            await _send.FlushAsync().ConfigureAwait(false);
            await CloseAsync().ConfigureAwait(false);
        }
        catch (PeerGoneException)
        {
            // The peer left or was shed: there is nobody to tell.
            _state.Close(CloseReason.ResetByPeer);
        }
#pragma warning disable CA1031 // A fault here must cost one connection, not the process, and must not pass unseen.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _state.Close(CloseReason.Fault);
            // What has been sent must not pass for a whole response.
            _transport.Abort();
            Log.ConnectionFaulted(_server.Logger, e, _info.Id);
        }
        finally
        {
            await EndAsync().ConfigureAwait(false);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void BeginIdle()
    {
        // Between requests nothing is held, so that a thousand idle peers cost a thousand sockets and little else.
        _wire.Release();
        _deadline.BeginIdle();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void BeginHeaderSection()
    {
        // From its first octet on, however many come later.
        if (_deadline.Receiving != Waiting.HeaderSection)
        {
            _deadline.BeginHeaderSection();
        }
    }

    // A peer that is still taking the last response is not idle.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool IsIdleOver() => IsStopping || (_deadline.IsReceiveOver && !_pace.KeepsPace(_transport, _deadline.LeastIn(Waiting.Idle)));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ParseStatus EndHead(int count) =>
        count == 0 ? _head.EndOfStream()
        : IsStopping ? _head.Stopped()
        : _head.TimeIsOver();

    // The clock costs as much as reading the head: back-to-back requests reuse the previous request's end time as their start time.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private long BeginRequest(long ended)
    {
        _hasHeld = _send.Octets.Count > 0;
        _cycle.Begin(_head.Framing, IsStopping);
        return ended != 0 ? ended : _server.Metrics.RequestStarted();
    }

    /// <summary>The handler has ended. False when the connection was cut off.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool EndRequest(Exception? failure) => _outcome.Complete(_cycle.Context, failure, _cycle.End());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void NextRequest()
    {
        _state.NextRequest();
        _transport.RequestServed();
        _wire.ClearContent();
        _cycle.Next();
        _received.NextMessage();
    }

    private async ValueTask CloseAsync()
    {
        _cycle.Context.Request.Detach();
        if (_state.CloseReason == CloseReason.ClosedByPeer)
        {
            return;
        }

        if (_state.IsAnyPending)
        {
            // A read that a handler left behind sees that it has no right any more, and ends.
            _transport.Wake();
            await _state.UntilReleasedAsync().ConfigureAwait(false);
        }

        if (_state.CloseReason == CloseReason.IdleTimeout
            || (_state.Reading == Reading.Drained && _head.Framing.IsLast && _received.UnreadCount == 0))
        {
            // No need to read on: the peer is idle, or announced that this was its last request.
            return;
        }

        await Lingering.EndAsync(_transport, _received, _deadline, _server.Connections).ConfigureAwait(false);
    }

    private async ValueTask EndAsync()
    {
        try
        {
            _deadline.EndReceive();
            _transport.Dispose();
            _state.Close(IsStopping ? CloseReason.ServerStopped : CloseReason.AfterResponse);
            _server.Metrics.ConnectionClosed(_opened, _state.CloseReason);
        }
        finally
        {
            // Whatever fails above: a slot that is not given back is lost to the server.
            _gate.Leave();
            _server.Connections.Remove(this);
        }

        // What a handler left behind ends with the transport. Until then it uses the buffers.
        await _state.UntilReleasedAsync().ConfigureAwait(false);
        _cycle.Context.Request.Detach();
        _wire.Release();
    }
}
