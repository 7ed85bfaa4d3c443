// Owns: one stop of a server, however many callers ask for it: what it waits for, for how long, and what it aborts then.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// With a delay, the server goes on accepting for that long, and each response ends its connection. After a handover another process
/// accepts, and connections have the delay, or a few seconds, for that last response. Then requests may finish. Streams that are open by
/// then have <see cref="ServerLimits.StreamGrace"/>. When any caller's token is cancelled, everything that is left is aborted.
/// </summary>
#pragma warning disable CA1001 // The sources hold neither timer nor wait handle, and a caller may cancel its token after the stop.
internal sealed class ServerStop(
    ConnectionTable connections, ServerLimits limits, TimeSpan drainDelay, TimeProvider time, ILogger logger)
#pragma warning restore CA1001
{
    // An aborted handler has caught its OperationCanceledException by then, or never will.
    private static readonly TimeSpan s_abortedHandlers = TimeSpan.FromSeconds(5);

    // At the end of the delay peers can no longer connect, while their handshakes in progress and their first requests still arrive.
    private static readonly TimeSpan s_longestSettling = TimeSpan.FromMilliseconds(250);

    // After a handover, for the next requests on persistent connections. Nobody waits for the end.
    private static readonly TimeSpan s_leastAfterHandover = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _delayCut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _begun = new();
    private readonly CancellationTokenSource _givenUp = new();
    // Those open when the ports were closed, each with the number of its request. Made when needed: a start would compile the list.
    private List<(Connection Connection, int Request)>? _streams;
    private int _hasBegun;

    /// <summary>Cancelled when the stop begins. Handlers register nothing with it.</summary>
    internal CancellationToken Begun => _begun.Token;

    /// <summary>Those of the server at present.</summary>
    internal ServerLimits Limits { get; set; } = limits;

    internal bool HasBegun => Volatile.Read(in _hasBegun) != 0;

    /// <summary>Cancelled when the stop no longer waits for requests.</summary>
    internal CancellationToken GivenUp => _givenUp.Token;

    /// <summary>The stop no longer waits once this token is cancelled, until the result is disposed.</summary>
    internal CancellationTokenRegistration GiveUpOn(CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _givenUp);

    /// <summary>False if another caller has begun the stop.</summary>
    internal bool TryBegin() => Interlocked.Exchange(ref _hasBegun, 1) == 0;

    /// <summary>Ends the delay: somebody has asked for the stop again.</summary>
    internal void CutDelay() => _delayCut.TrySetResult();

    /// <summary>Runs the stop once: wait for the delay, unbind, close idle connections, wait for the others, abort the rest.</summary>
    /// <param name="acceptLoop">What accepts connections.</param>
    /// <param name="isHandedOver">Whether another process accepts them from now on.</param>
    internal async Task RunAsync(AcceptLoop acceptLoop, bool isHandedOver)
    {
        Announce();
        if (isHandedOver)
        {
            await UnbindAsync(acceptLoop).ConfigureAwait(false);
            var longest = drainDelay > s_leastAfterHandover ? drainDelay : s_leastAfterHandover;
            await EndsWithinAsync(Task.WhenAny(connections.EmptyAsync(), _delayCut.Task), longest, GivenUp).ConfigureAwait(false);
            FindStreams();
        }
        else
        {
            if (drainDelay > TimeSpan.Zero && !GivenUp.IsCancellationRequested)
            {
                await DelayAsync(acceptLoop).ConfigureAwait(false);
            }

            FindStreams();
            await UnbindAsync(acceptLoop).ConfigureAwait(false);
        }

        var closed = connections.CloseAsync();
        await WaitForStreamsAsync(closed).ConfigureAwait(false);
        if (!await EndsWithinAsync(closed, Timeout.InfiniteTimeSpan, GivenUp).ConfigureAwait(false))
        {
            await AbortAsync(closed).ConfigureAwait(false);
        }
    }

    /// <summary>Tells every handler that asked to be told, and waits for nothing that they do in return.</summary>
    private void Announce()
    {
        connections.BeginDraining();
        _begun.Cancel();
        // Pairs with RequestContext.Stopping: a handler sees the cancelled token when it asks from now on, or its own token is seen here.
        Interlocked.MemoryBarrier();
        foreach (var connection in connections.Connections)
        {
            connection.AnnounceStop();
        }
    }

    private async Task DelayAsync(AcceptLoop acceptLoop)
    {
        Log.Draining(logger, drainDelay.TotalSeconds);
        var begun = time.GetTimestamp();
        var settling = drainDelay / 2 < s_longestSettling ? drainDelay / 2 : s_longestSettling;
        if (!await EndsWithinAsync(_delayCut.Task, drainDelay - settling, GivenUp).ConfigureAwait(false))
        {
            acceptLoop.RefuseNew();
            await EndsWithinAsync(_delayCut.Task, settling, GivenUp).ConfigureAwait(false);
        }

        if (GivenUp.IsCancellationRequested)
        {
            Log.DelayGivenUp(logger, drainDelay.TotalSeconds, time.GetElapsedTime(begun).TotalSeconds);
        }
        else if (_delayCut.Task.IsCompleted)
        {
            Log.DelayCut(logger, drainDelay.TotalSeconds, time.GetElapsedTime(begun).TotalSeconds);
        }
    }

    private void FindStreams()
    {
        foreach (var connection in connections.Connections)
        {
            if (connection.IsStreaming())
            {
                (_streams ??= []).Add((connection, connection.Request.Number));
            }
        }
    }

    private async Task UnbindAsync(AcceptLoop acceptLoop)
    {
        // It ends at once, unless completions run inline and a handler blocks the loop's thread.
        var ended = acceptLoop.StopAsync();
        if (!await EndsWithinAsync(ended, Timeout.InfiniteTimeSpan, GivenUp).ConfigureAwait(false))
        {
            await EndsWithinAsync(ended, s_abortedHandlers, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task WaitForStreamsAsync(Task closed)
    {
        if (_streams is { } streams
            && !await EndsWithinAsync(closed, Limits.StreamGrace, GivenUp).ConfigureAwait(false)
            && !GivenUp.IsCancellationRequested)
        {
            AbortStreams(streams);
        }
    }

    private void AbortStreams(List<(Connection Connection, int Request)> streams)
    {
        var count = 0;
        foreach (var (connection, request) in streams)
        {
            if (connection.IsStreaming() && connection.Request.Number == request)
            {
                connection.Abort();
                count++;
            }
        }

        connections.CutOff += count;
        if (count > 0)
        {
            Log.StreamsCutOff(logger, count);
        }
    }

    private async Task AbortAsync(Task closed)
    {
        var count = 0;
        foreach (var connection in connections.Connections)
        {
            count += connection.Abort() ? 1 : 0;
        }

        connections.Openings?.Abort();

        connections.CutOff += count;
        if (count > 0)
        {
            Log.RequestsCutOff(logger, count);
        }

        if (!await EndsWithinAsync(closed, s_abortedHandlers, CancellationToken.None).ConfigureAwait(false))
        {
            Log.HandlersLeft(logger, connections.Count, s_abortedHandlers.TotalSeconds);
        }
    }

    private async Task<bool> EndsWithinAsync(Task task, TimeSpan limit, CancellationToken cancellationToken)
    {
        // With a cancelled token WaitAsync throws even when the task has completed.
        if (task.IsCompleted)
        {
            return true;
        }

        try
        {
            await task.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return task.IsCompleted;
        }
    }
}
