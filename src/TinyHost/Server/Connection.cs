// Owns: the life of one connection (RFC 9112 §9): wait, read a head, call the chain, finish the response, again or close. Read ServeAsync
// first; the methods after it are its steps, in order.

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// One loop per connection. Between handlers only this loop reads and writes; a running handler may too. The heartbeat and the server's
/// stop only end its waiting.
/// </summary>
internal sealed class Connection(
    ServerServices server,
    Http1Connection http1,
    ConnectionInfo info,
    IReadOnlyList<string> basePaths,
    ConnectionQuota quota,
    long openedAt) : IInlineConnection
{
    private readonly ConnectionState _state = http1.State;
    private readonly Transport _transport = http1.Transport;
    private readonly SendBuffer _send = http1.Send;
    private readonly Deadline _deadline = http1.Deadline;
    private readonly CurrentRequest _request = new(server, http1, info, basePaths, quota.IsMonitoring);
    // Time stamps for the metrics; 0 for none.
    private long _requestBeganAt;
    private long _requestEndedAt;
    // Whether responses to earlier requests are still to be sent when a handler begins.
    private bool _hasHeldResponses;
    private DeliveryPace _pace;

    internal ConnectionInfo Info => info;

    /// <summary>Where the connection is in the <see cref="ConnectionTable"/>.</summary>
    internal int Place { get; set; }

    internal Http1Connection Http1Connection => http1;

    internal CurrentRequest Request => _request;

    private bool IsStopping => server.Connections.IsStopping;

    void IThreadPoolWorkItem.Execute() => _ = ServeAsync();

    void IInlineConnection.ReportBlockedThread(bool isCertain) => _request.ReportBlockedThread(isOfPool: false, isCertain);

    /// <summary>Serves requests until the connection ends. Runs on the caller's thread until it has to wait. Never throws.</summary>
    // The steps are not inlined: compiling them as one method would take several megabytes, which the process keeps (docs/performance.md).
    internal async Task ServeAsync()
    {
        server.HandlerExecutionContext.Enter();
        try
        {
            do
            {
                HeadStatus head;
                while ((head = http1.ReadHead()) == HeadStatus.Incomplete)
                {
                    // Every buffered response is sent here, once no whole further request has been received.
                    await _send.FlushAsync().ConfigureAwait(false);
                    BeginWait();
                    if (http1.UnreadCount == 0 && await WaitForRequestAsync().ConfigureAwait(false) == Transport.Woken && !IsIdleOver())
                    {
                        continue;
                    }

                    EndWait(await ReceiveAsync().ConfigureAwait(false));
                }

                if (head != HeadStatus.Complete)
                {
                    _deadline.EndReceive();
                    if (head == HeadStatus.Rejected)
                    {
                        RequestFailure.Refuse(server, http1, info, quota.IsMonitoring);
                    }

                    break;
                }

                BeginRequest();
                Exception? failure = null;
                try
                {
                    var handling = _request.CallHandler();
                    if (!handling.IsCompleted && _hasHeldResponses)
                    {
                        await _send.SendHeldAsync().ConfigureAwait(false);
                    }

                    await handling.ConfigureAwait(false);
                }
#pragma warning disable CA1031 // Whatever a handler throws ends its request, not the server.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    failure = HandlerFailure.CauseOf(e, _request.Context);
                }

                var isCompleted = TryEndRequest(failure);
                if (_request.Context.Ending is { } ending && ending.TryBegin())
                {
                    await RunEndingAsync(ending, isCompleted).ConfigureAwait(false);
                }

                _request.End();
                if (!isCompleted)
                {
                    return;
                }

                if (MustSendNow() && !await SendAndDrainAsync().ConfigureAwait(false))
                {
                    break;
                }
            }
            while (TryBeginNext());

            await OrderlyClose.EndAsync(http1, _request, server.Connections).ConfigureAwait(false);
        }
        catch (PeerGoneException)
        {
            _state.RecordCloseReason(CloseReason.ResetByPeer);
        }
#pragma warning disable CA1031 // A fault here must cost one connection, not the process, and must be logged.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // The peer must not take what was sent for a whole response.
            _state.RecordCloseReason(CloseReason.Fault);
            _transport.Abort();
            Log.ConnectionFaulted(server.Logger, e, info.Id);
        }
        finally
        {
            await EndAsync().ConfigureAwait(false);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void BeginWait()
    {
        _requestEndedAt = 0;
        if (http1.UnreadCount == 0)
        {
            // An idle connection holds no buffer: a thousand of them cost a thousand sockets and little else.
            http1.Release();
            _deadline.BeginIdle();
        }
        else if (_deadline.Receiving != Waiting.HeaderSection)
        {
            // Counts from the first byte of a head, however many follow.
            _deadline.BeginHeaderSection();
        }
    }

    // A stop that begins after this check wakes the wait.
    private ValueTask<int> WaitForRequestAsync() => IsStopping ? new(Transport.Woken) : _transport.WaitToReceiveAsync();

    // A peer that is still taking the last response is not idle.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool IsIdleOver() => IsStopping || (_deadline.IsReceiveOver && !_pace.IsKept(_transport, _deadline.MinDelivered(Waiting.Idle)));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<int> ReceiveAsync()
    {
        var room = http1.Received.Room();
        // A request that has already arrived is still served.
        return IsStopping || _deadline.IsReceiveOver ? _transport.ReceiveArrivedAsync(room) : _transport.ReceiveAsync(room);
    }

    /// <param name="count">What <see cref="ReceiveAsync"/> returned.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EndWait(int count)
    {
        if (count > 0)
        {
            http1.Received.Received(count);
        }
        else if (count == 0)
        {
            http1.EndAtStreamEnd();
        }
        else if (IsStopping)
        {
            http1.EndAtStop();
        }
        else if (_deadline.IsReceiveOver)
        {
            http1.EndAtTimeout();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void BeginRequest()
    {
        _deadline.EndReceive();
        _hasHeldResponses = _send.Count > 0;
        _request.Begin(isLast: server.Connections.IsDraining && !http1.HasNextRequest);
        // Reading the clock costs as much as parsing a head: back-to-back requests start at the previous request's end time.
        _requestBeganAt = _requestEndedAt != 0 ? _requestEndedAt : server.Metrics.RequestStarted();
    }

    /// <summary>The handler has ended. False when the connection was cut off.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryEndRequest(Exception? failure)
    {
        if (_request.Span is { } span)
        {
            // So that the log, the metrics' exemplars and the access log carry the trace.
            Activity.Current = span;
        }

        var isCompleted = RequestCompletion.TryComplete(server, http1, _request.Context, failure, _request.EndHandler());
        _requestEndedAt = server.Metrics.RequestEnded(_request.Context, _requestBeganAt, failure);
        _request.Context.Ending?.Observe();
        if (_request.Span is not null)
        {
            _request.EndSpan(failure);
        }

        return isCompleted;
    }

    private async ValueTask RunEndingAsync(RequestEnding ending, bool isCompleted)
    {
        _requestEndedAt = 0;
        try
        {
            if (isCompleted)
            {
                await _send.FlushAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            await ending.RunAsync().ConfigureAwait(false);
        }
    }

    // Content that the handler left unread comes in only after the response has gone out.
    private bool MustSendNow() =>
        _state.IsPersistent && (_state.Reading == Reading.Content || _send.Count > http1.Limits.ResponseBufferSize);

    /// <summary>False when the unread content ends the connection.</summary>
    private async ValueTask<bool> SendAndDrainAsync()
    {
        _requestEndedAt = 0;
        await _send.FlushAsync().ConfigureAwait(false);
        return _state.Reading != Reading.Content || await http1.ContentReader.DrainAsync().ConfigureAwait(false);
    }

    /// <summary>False when no further request is read.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryBeginNext()
    {
        if (!_state.IsPersistent)
        {
            return false;
        }

        http1.NextRequest();
        _request.Context.Clear();
        return true;
    }

    private async ValueTask EndAsync()
    {
        try
        {
            _deadline.EndReceive();
            _transport.Dispose();
            _state.RecordCloseReason(IsStopping ? CloseReason.ServerStopped : CloseReason.AfterResponse);
            server.Metrics.ConnectionClosed(openedAt, _state.CloseReason);
        }
        finally
        {
            // Whatever fails above: a slot that is not given back is lost to the server.
            quota.Leave();
            server.Connections.Remove(this);
        }

        // Operations that a handler left behind end with the transport. Until then they use the buffers.
        await _state.UntilReleasedAsync().ConfigureAwait(false);
        _request.Context.Request.Detach();
        http1.Release();
    }
}
