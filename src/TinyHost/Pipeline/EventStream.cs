// Owns: sending a stream of events: what ends it, and the comments that keep its connection alive.

namespace TinyHost;

/// <summary>One stream. The heartbeat's thread ticks; everything else runs in the handler.</summary>
internal sealed class EventStream
{
    // The HTML standard advises a comment every 15 seconds or so.
    private const long LongestSilence = 15_000;

    private TaskCompletionSource _silence = NewSource();
    private bool _hasWritten = true;
    private long _silentSince;

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
        var stream = new EventStream();
        context.Signals.Ticked = stream.Tick;
        try
        {
            await response.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            await stream.SendAllAsync(response, events, write, ending).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The source was told to end.
        }
        finally
        {
            context.Signals.Ticked = null;
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

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task SendAllAsync<T>(
        Response response, IAsyncEnumerable<T> events, Action<Response, T> write, CancellationTokenSource ending)
        where T : class
    {
        var source = events.GetAsyncEnumerator(ending.Token);
        await using (source.ConfigureAwait(false))
        {
            while (!ending.IsCancellationRequested && await NextAsync(response, source, ending).ConfigureAwait(false))
            {
                write(response, source.Current ?? throw new InvalidOperationException("The source of events yielded null."));
                await FlushAsync(response).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> NextAsync<T>(Response response, IAsyncEnumerator<T> source, CancellationTokenSource ending)
    {
        var next = source.MoveNextAsync().AsTask();
        try
        {
            while (await Task.WhenAny(next, Volatile.Read(ref _silence).Task).ConfigureAwait(false) != next)
            {
                response.Write(":\n\n"u8);
                await FlushAsync(response).ConfigureAwait(false);
            }
        }
        catch
        {
            // The source cannot be disposed of while it is asked. This failure is the one that counts.
            await ending.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return await next.ConfigureAwait(false);
    }

    private async Task FlushAsync(Response response)
    {
        await response.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        Volatile.Write(ref _hasWritten, true);
        if (_silence.Task.IsCompleted)
        {
            Volatile.Write(ref _silence, NewSource());
        }
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
            Volatile.Read(ref _silence).TrySetResult();
        }
    }
}
