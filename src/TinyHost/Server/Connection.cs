// Owns: the life of one connection: wait, parse, run the chain, answer, again or close (RFC 9112 §9).
// Does not own: syntax, framing, buffers or what handlers do. Read ServeAsync first: the rest are its steps.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>One loop per connection, which alone reads and writes it; the heartbeat and the server's stop only ever end its waiting.</summary>
internal sealed class Connection : IThreadPoolWorkItem
{
    private enum After : byte
    {
        /// <summary>Serve the next request.</summary>
        Continue,

        /// <summary>Close once the peer has what was sent.</summary>
        Close,

        /// <summary>Close at once.</summary>
        Abort,
    }

    private static readonly Func<RequestContext, Task> s_outsideEveryPrefix = static context =>
    {
        Rejection.Answer(context.Response, 404);
        return Task.CompletedTask;
    };

    private readonly ServerServices _server;
    private readonly Transport _transport;
    private readonly IReadOnlyList<string> _basePaths;
    private readonly Deadline _deadline;
    private readonly ReceiveBuffer _received;
    private readonly SendBuffer _send;
    private readonly Request _request;
    private readonly Response _response;
    private readonly RequestContext _context;
    private RejectReason _rejection;
    private int _examined;
    private int _idle;
    private volatile bool _stopping;
    private volatile string? _activeMethod;

    internal Connection(ServerServices server, Transport transport, ConnectionInfo info, IReadOnlyList<string> basePaths)
    {
        _server = server;
        _transport = transport;
        _basePaths = basePaths;
        _deadline = new Deadline(server.Heartbeat, server.Limits);
        _received = new ReceiveBuffer(server.Pool);
        _send = new SendBuffer(transport, _deadline, server.Pool);
        var body = new RequestBody(transport, _received, _send, _deadline, server.Limits, server.Strings, server.Pool);
        _request = new Request(_received, body, server.Strings);
        _response = new Response(_send, server.Heartbeat.Date, server.Limits, body, server.Pool);
        _context = new RequestContext(_request, _response, info, server.Services, transport);
    }

    internal long Id => _context.Connection.Id;

    /// <summary>The method of the request a handler is at work on, when it counts; null otherwise. Callable from any thread.</summary>
    internal string? ActiveMethod => _context.Measured ? _activeMethod : null;

    void IThreadPoolWorkItem.Execute() => _ = ServeAsync();

    /// <summary>The heartbeat's look at this connection.</summary>
    internal void Sweep(long now)
    {
        if (_deadline.TryExpire(now))
        {
            Log.DeadlineOver(_server.Logger, Id, _deadline.Expired);
            if (_deadline.Expired is Waiting.Send or Waiting.Linger)
            {
                _transport.Abort();
            }
            else
            {
                // The loop wakes, sees why, and can still answer.
                _transport.StopReceiving();
            }
        }
        else if (_context.IsWatched && _activeMethod is not null && _transport.PeerGone)
        {
            _context.Abort();
        }
    }

    /// <summary>The server stops: an idle connection closes now, a busy one after its response.</summary>
    internal void RequestStop()
    {
        _stopping = true;
        if (Volatile.Read(ref _idle) == 1)
        {
            _transport.StopReceiving();
        }
    }

    /// <summary>The server has waited long enough.</summary>
    internal void Abort() => _context.Abort();

    /// <summary>Serves requests until the connection ends. Never throws.</summary>
    internal async Task ServeAsync()
    {
        var after = After.Continue;
        try
        {
            while (after == After.Continue)
            {
                ParseStatus head;
                while ((head = ParseHead()) == ParseStatus.Incomplete)
                {
                    // Nothing more can be answered now: let the peer have what is ready.
                    await _send.FlushAsync().ConfigureAwait(false);
                    if (_received.UnreadCount == 0)
                    {
                        if (!BeginIdle())
                        {
                            return;
                        }

                        await _transport.WaitToReceiveAsync().ConfigureAwait(false);
                        EndIdle();
                    }

                    if (_deadline.Waiting != Waiting.HeaderSection)
                    {
                        _deadline.BeginHeaderSection();
                    }

                    var count = await _transport.ReceiveAsync(_received.Room()).ConfigureAwait(false);
                    if (count == 0)
                    {
                        head = EndOfStream();
                        break;
                    }

                    _received.Received(count);
                }

                _deadline.Clear();
                if (head != ParseStatus.Complete)
                {
                    after = head == ParseStatus.Rejected ? Refuse() : After.Close;
                    break;
                }

                var started = BeginRequest();
                Exception? failure = null;
                try
                {
                    var handling = (InsidePrefix() ? _server.App : s_outsideEveryPrefix)(_context);
                    if (!handling.IsCompleted)
                    {
                        await SendHeldAsync().ConfigureAwait(false);
                    }

                    await handling.ConfigureAwait(false);
                }
#pragma warning disable CA1031 // Whatever a handler throws ends its request, not the server.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    failure = e;
                }

                after = EndRequest(failure);
                _server.Metrics.RequestEnded(_context, started, failure);
                if (after == After.Abort)
                {
                    break;
                }

                if (!_request.Body.IsRead)
                {
                    // The answer goes out before what the handler left unread comes in.
                    await _send.FlushAsync().ConfigureAwait(false);
                    if (after == After.Continue && !await _request.Body.DrainAsync().ConfigureAwait(false))
                    {
                        after = After.Close;
                    }
                }
                else if (_send.Octets.Count > _server.Limits.ResponseBufferSize)
                {
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
            await LingerAsync().ConfigureAwait(false);
        }
        catch (PeerGoneException)
        {
            // The peer left or was shed: there is nobody to tell.
        }
        catch (RequestRejectedException)
        {
            // Content nobody wanted turned out to be malformed after its request was answered.
        }
#pragma warning disable CA1031 // A fault here must cost one connection, not the process, and must not pass unseen.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.ConnectionFaulted(_server.Logger, e, Id);
        }
        finally
        {
            End();
        }
    }

    private ParseStatus ParseHead()
    {
        var message = _received.Message;
        if (message.IsEmpty)
        {
            return ParseStatus.Incomplete;
        }

        var status = RequestHeadParser.Parse(message, _examined, _server.Limits, _request.Head, out var length, out _rejection);
        _examined = message.Length;
        if (status == ParseStatus.Complete)
        {
            _received.KeepHead(length);
            _rejection = MessageFraming.Decide(_request.Head, message, _server.Limits, out var framing);
            if (_rejection != RejectReason.None)
            {
                return ParseStatus.Rejected;
            }

            _request.Begin(framing);
            _request.Body.Begin(framing);
        }

        return status;
    }

    private bool BeginIdle()
    {
        // Between requests nothing is held, so that a thousand idle peers cost a thousand sockets and little else.
        _received.Release();
        _send.Release();
        _response.ReleaseBuffer();
        _request.Body.ReleaseBuffer();
        _examined = 0;
        _deadline.BeginIdle();
        Volatile.Write(ref _idle, 1);
        // A stop that came before is seen here; one that comes after sees the connection idle.
        Interlocked.MemoryBarrier();
        return !_stopping;
    }

    private void EndIdle()
    {
        Volatile.Write(ref _idle, 0);
        _deadline.Clear();
    }

    /// <summary>The peer has finished sending, or was told to: between requests that is an end, inside one it is a fault.</summary>
    private ParseStatus EndOfStream()
    {
        if (_received.UnreadCount == 0 || _stopping)
        {
            return ParseStatus.Incomplete;
        }

        _rejection = _deadline.Expired == Waiting.HeaderSection ? RejectReason.HeaderSectionTimeout : RejectReason.UnexpectedEnd;
        return ParseStatus.Rejected;
    }

    private long BeginRequest()
    {
        var request = _request;
        _response.Begin(request.IsHead, request.Head.MinorVersion == 0, request.Framing.Persistent && !_stopping);
        _activeMethod = request.Method;
        _send.Hold();
        return _server.Metrics.RequestStarted();
    }

    private bool InsidePrefix()
    {
        if (_basePaths.Count == 0)
        {
            return true;
        }

        var path = _request.Path;
        foreach (var basePath in _basePaths)
        {
            if (path.StartsWith(basePath, StringComparison.Ordinal) && (path.Length == basePath.Length || path[basePath.Length] == '/'))
            {
                _request.BasePath = basePath;
                _request.Path = path.Length == basePath.Length ? "/" : path[basePath.Length..];
                return true;
            }
        }

        return false;
    }

    private async ValueTask SendHeldAsync()
    {
        try
        {
            await _send.SendHeldAsync().ConfigureAwait(false);
        }
        catch (PeerGoneException)
        {
            // The handler must end first; its own writes, or the next flush, meet the same fate.
        }
    }

    /// <summary>The handler has ended: completes the response, or makes the best of what the handler left.</summary>
    private After EndRequest(Exception? failure)
    {
        _activeMethod = null;
        _send.EndHold();
        if (_context.IsAborted || failure is PeerGoneException)
        {
            return After.Abort;
        }

        if (_stopping)
        {
            _response.ForbidPersistence();
        }

        // Malformed content: what follows it on the connection cannot be trusted, whatever the handler made of the exception.
        var refusal = failure as RequestRejectedException;
        if (_request.Body.Rejection != RejectReason.None || refusal is not null)
        {
            var reason = _request.Body.Rejection != RejectReason.None ? _request.Body.Rejection : refusal!.Reason;
            CountRejection(reason);
            if (!_response.HasStarted && refusal is not null)
            {
                Rejection.Answer(_response, reason.StatusCode(), reason);
                failure = null;
            }
        }
        else if (failure is not null)
        {
            Log.HandlerFailed(_server.Logger, failure, _request.Method, _request.Path, Id);
        }

        return failure is null ? Complete() : AnswerFailure();
    }

    private After Complete()
    {
        try
        {
            _response.Complete();
        }
        catch (InvalidOperationException e)
        {
            // The handler declared one thing and did another.
            Log.HandlerFailed(_server.Logger, e, _request.Method, _request.Path, Id);
            return AnswerFailure();
        }

        return _response.Persistent ? After.Continue : After.Close;
    }

    private After AnswerFailure()
    {
        if (_response.HasStarted)
        {
            // Cut off is the only honest end of a response that cannot be finished.
            return After.Abort;
        }

        Rejection.Answer(_response, 500);
        _response.Complete();
        return _response.Persistent ? After.Continue : After.Close;
    }

    /// <summary>Answers a request that never reached the chain. Nothing behind it is ever read as a request.</summary>
    private After Refuse()
    {
        CountRejection(_rejection);
        _response.Begin(isHead: _request.IsHead, http10: false, persistent: false);
        Rejection.Answer(_response, _rejection.StatusCode(), _rejection);
        _response.Complete();
        return After.Close;
    }

    private void CountRejection(RejectReason reason)
    {
        _server.Metrics.RequestRejected(reason);
        Log.RequestRejected(_server.Logger, Id, _context.Connection.RemoteEndPoint, reason.Name());
    }

    private void NextRequest()
    {
        _request.Body.Clear();
        _request.Clear();
        _response.Clear();
        _context.Clear();
        _received.NextMessage();
        _examined = 0;
    }

    /// <summary>
    /// RFC 9112 §9.6: closing while the peer still sends would reset the connection and could cost it the last response.
    /// So: finish sending, read on for a while, then close.
    /// </summary>
    private async ValueTask LingerAsync()
    {
        _transport.ShutdownSend();
        _deadline.BeginLinger();
        do
        {
            _received.Consume(_received.UnreadCount);
            _received.NextMessage();
        }
        while (await _transport.ReceiveAsync(_received.Room()).ConfigureAwait(false) > 0);
    }

    private void End()
    {
        _deadline.Clear();
        _transport.Dispose();
        _server.Connections.Remove(this);
        _context.End();
        _received.Release();
        _send.Release();
        _response.ReleaseBuffer();
        _request.Body.ReleaseBuffer();
    }
}
