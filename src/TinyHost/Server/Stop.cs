// Owns: one stop of a server, however many callers ask for it: what it waits for, for how long, and what it cuts off then.
// Does not own: the connections, or what else lives as long as the server (Running).

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// Requests finish; streams that were open when the stop began have <see cref="ServerLimits.StreamGrace"/>; and when any caller's token is
/// cancelled, whatever is left is aborted.
/// </summary>
#pragma warning disable CA1001 // The sources hold neither timer nor wait handle, and a caller may cancel its token after the stop has ended.
internal sealed class Stop(ConnectionTable connections, ServerLimits limits, TimeProvider time, ILogger logger)
#pragma warning restore CA1001
{
    // A handler that was aborted has caught its OperationCanceledException by then, or it never will.
    private static readonly TimeSpan s_abortedHandlers = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _begun = new();
    private readonly CancellationTokenSource _giveUp = new();
    // Those open when the stop began, each with the number of its request.
    private readonly List<(Connection Connection, int Request)> _streams = [];

    /// <summary>Cancelled when the stop begins. Nothing of a handler's is registered with it.</summary>
    internal CancellationToken Begun => _begun.Token;

    internal bool HasBegun => _begun.IsCancellationRequested;

    /// <summary>Cancelled when the time of any caller is over.</summary>
    internal CancellationToken GivenUp => _giveUp.Token;

    /// <summary>From here on the cancellation of this token ends the waiting, until the result is disposed of.</summary>
    internal CancellationTokenRegistration Limit(CancellationToken giveUp) =>
        giveUp.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _giveUp);

    /// <summary>Begins the stop, and tells every handler that asked to be told. Nothing they do in return is waited for.</summary>
    internal void Announce()
    {
        _begun.Cancel();
        // Pairs with RequestContext.Stopping: a token is made before it looks at this one, or it is seen here.
        Interlocked.MemoryBarrier();
        foreach (var connection in connections.Connections)
        {
            connection.AnnounceStop();
            if (connection.IsStreaming)
            {
                _streams.Add((connection, connection.RequestNumber));
            }
        }
    }

    /// <summary>Ends when every connection has, or what is left has been aborted.</summary>
    /// <param name="accepting">Ends when no connection is added any more.</param>
    internal async Task DrainAsync(Task accepting)
    {
        // It ends at once, unless completions run inline and a handler holds its thread.
        if (!await EndsWithinAsync(accepting, Timeout.InfiniteTimeSpan, GivenUp).ConfigureAwait(false))
        {
            await EndsWithinAsync(accepting, s_abortedHandlers, CancellationToken.None).ConfigureAwait(false);
        }

        var closed = connections.CloseAsync();
        if (_streams.Count > 0 && !await EndsWithinAsync(closed, limits.StreamGrace, GivenUp).ConfigureAwait(false) && !GivenUp.IsCancellationRequested)
        {
            CutOffStreams();
        }

        if (!await EndsWithinAsync(closed, Timeout.InfiniteTimeSpan, GivenUp).ConfigureAwait(false))
        {
            await AbortAsync(closed).ConfigureAwait(false);
        }
    }

    private void CutOffStreams()
    {
        var count = 0;
        foreach (var (connection, request) in _streams)
        {
            if (connection.IsStreaming && connection.RequestNumber == request)
            {
                connection.Abort();
                count++;
            }
        }

        if (count > 0)
        {
            Log.StreamsCutOff(logger, count);
        }
    }

    private async Task AbortAsync(Task closed)
    {
        var unfinished = 0;
        foreach (var connection in connections.Connections)
        {
            unfinished += connection.Abort() ? 1 : 0;
        }

        if (unfinished > 0)
        {
            Log.RequestsCutOff(logger, unfinished);
        }

        if (!await EndsWithinAsync(closed, s_abortedHandlers, CancellationToken.None).ConfigureAwait(false))
        {
            Log.HandlersLeft(logger, connections.Count, s_abortedHandlers.TotalSeconds);
        }
    }

    private async Task<bool> EndsWithinAsync(Task task, TimeSpan limit, CancellationToken cancellationToken)
    {
        // A wait with a token that is cancelled already ends so even if the task has ended.
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
