// Owns: sending a stream of events: what ends it, and the comments that keep its connection alive.

namespace TinyHost;

/// <summary>
/// One stream. The handler sends the events. After a long silence, the heartbeat has a comment sent on the thread pool, so that the handler
/// waits for its source alone.
/// </summary>
internal sealed class EventStream
{
    // The HTML standard advises a comment every 15 seconds or so.
    private const long LongestSilence = 15_000;

    // Stands for the handler in _writing.
    private static readonly Task s_handler = Task.CompletedTask;

    private readonly Response _response;
    private readonly CancellationTokenSource _ending;
    // What is being written: the handler's event or head, or a comment. Null between them; a comment that failed stays.
    private Task? _writing = s_handler;
    private bool _hasWritten = true;
    private long _silentSince;

    private EventStream(Response response, CancellationTokenSource ending)
    {
        _response = response;
        _ending = ending;
    }

    /// <summary>Sends the events, each written by <paramref name="write"/>.</summary>
    internal static async Task SendAsync<T>(
        Response response, IAsyncEnumerable<T> events, Action<Response, T> write, CancellationToken cancellationToken)
        where T : class
    {
        var context = response.Context;
        response.SetDefaultContentType("text/event-stream");
        SetDefault(response, "Cache-Control", "no-store");
        // nginx and its kin would hold events back until a buffer is full.
        SetDefault(response, "X-Accel-Buffering", "no");
        if (context.Request.Method == "HEAD")
        {
            return;
        }

        var (aborted, stopping) = (context.Aborted, context.Stopping);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, aborted, stopping);
        var stream = new EventStream(response, ending);
        context.Signals.Ticked = stream.Tick;
        try
        {
            await stream.SendAllAsync(events, write).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The source was told to end.
        }
        finally
        {
            context.Signals.Ticked = null;
            // No comment follows. If one has failed, that failure is the one that counts.
            await stream.BeginWriteAsync().ConfigureAwait(false);
        }

        aborted.ThrowIfCancellationRequested();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static void SetDefault(Response response, string name, string value)
    {
        if (!response.Fields.Contains(name))
        {
            response.Fields[name] = value;
        }
    }

    private async Task SendAllAsync<T>(IAsyncEnumerable<T> events, Action<Response, T> write)
        where T : class
    {
        await _response.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        EndWrite();
        var source = events.GetAsyncEnumerator(_ending.Token);
        await using (source.ConfigureAwait(false))
        {
            while (!_ending.IsCancellationRequested && await source.MoveNextAsync().ConfigureAwait(false))
            {
                await BeginWriteAsync().ConfigureAwait(false);
                write(_response, source.Current ?? throw new InvalidOperationException("The source of events yielded null."));
                await _response.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                EndWrite();
            }
        }
    }

    /// <summary>The handler writes from now on. Waits for a comment that is being sent, and throws if it fails.</summary>
    private ValueTask BeginWriteAsync()
    {
        var writing = Interlocked.CompareExchange(ref _writing, s_handler, null);
        return writing is null || writing == s_handler ? default : AfterCommentAsync(writing);
    }

    private async ValueTask AfterCommentAsync(Task comment)
    {
        await comment.ConfigureAwait(false);
        await BeginWriteAsync().ConfigureAwait(false);
    }

    private void EndWrite()
    {
        Volatile.Write(ref _hasWritten, true);
        Volatile.Write(ref _writing, null);
    }

    private void Tick(long now)
    {
        if (Volatile.Read(ref _hasWritten))
        {
            Volatile.Write(ref _hasWritten, false);
            _silentSince = now;
        }
        else if (now - _silentSince >= LongestSilence)
        {
            var comment = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (Interlocked.CompareExchange(ref _writing, comment.Task, null) is null)
            {
                // The heartbeat serves every connection, and a send may take long.
                ThreadPool.UnsafeQueueUserWorkItem(state => _ = SendCommentAsync(state), comment, preferLocal: false);
            }
        }
    }

    private async Task SendCommentAsync(TaskCompletionSource comment)
    {
        try
        {
            _response.Write(":\n\n"u8);
            await _response.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            EndWrite();
            comment.SetResult();
        }
#pragma warning disable CA1031 // The handler throws it.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            HandlerFailure.Cancel(_ending, _response.Context);
            comment.SetException(failure);
        }
    }
}
