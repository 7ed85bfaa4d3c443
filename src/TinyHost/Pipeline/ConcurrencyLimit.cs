// Owns: how many requests run at once, and who waits for whom.

using System.Globalization;

namespace TinyHost;

/// <summary>The stage that lets a limited number of requests run at the same time.</summary>
public sealed class ConcurrencyLimit : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly int _limit;
    private readonly int _queueLength;
    private readonly string _retryAfter;
    private readonly Lock _lock = new();
    // Nobody waits while a place is free.
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private int _running;

    private ConcurrencyLimit(Func<RequestContext, Task> app, int limit, int queueLength, TimeSpan retryAfter)
        : base(app)
    {
        _app = app;
        _limit = limit;
        _queueLength = queueLength;
        _retryAfter = Math.Ceiling(retryAfter.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Wraps an app: at most <paramref name="limit"/> requests run in it at once. Up to <paramref name="queueLength"/> more wait, and run
    /// in the order of their arrival; a client that leaves gives up its place. All others are answered with 503 and Retry-After, by default
    /// 1 s, in whole seconds. A WebSocket and a stream count until they end. Throws <see cref="ArgumentOutOfRangeException"/> for a limit
    /// below 1, a queue below 0, and a Retry-After that is not above zero.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, int limit, int queueLength = 0, TimeSpan? retryAfter = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(queueLength);
        var pause = retryAfter ?? TimeSpan.FromSeconds(1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(pause, TimeSpan.Zero, nameof(retryAfter));
        return new ConcurrencyLimit(app, limit, queueLength, pause);
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context)
    {
        if (context.Connection.IsProbe)
        {
            // A server that is busy lives.
            return _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseConcurrencyLimit");
        }

        LinkedListNode<TaskCompletionSource>? place = null;
        bool isRefused;
        lock (_lock)
        {
            isRefused = _running == _limit && _waiting.Count == _queueLength;
            if (_running < _limit)
            {
                _running++;
            }
            else if (!isRefused)
            {
                place = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }
        }

        if (isRefused)
        {
            context.Response.Fields["Retry-After"] = _retryAfter;
            return context.RefuseAsync(RejectReason.ConcurrencyLimit);
        }

        return place is null ? Run(context) : WaitAsync(context, place);
    }

    private Task Run(RequestContext context)
    {
        Task handled;
        try
        {
            handled = _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseConcurrencyLimit");
        }
        catch
        {
            Release();
            throw;
        }

        if (!handled.IsCompleted)
        {
            return RunAsync(handled);
        }

        Release();
        return handled;
    }

    private async Task RunAsync(Task handled)
    {
        try
        {
            await handled.ConfigureAwait(false);
        }
        finally
        {
            Release();
        }
    }

    private async Task WaitAsync(RequestContext context, LinkedListNode<TaskCompletionSource> place)
    {
        var aborted = context.Aborted;
        using (aborted.UnsafeRegister((_, token) => Leave(place, token), null))
        {
            await place.Value.Task.ConfigureAwait(false);
        }

        await Run(context).ConfigureAwait(false);
    }

    private void Leave(LinkedListNode<TaskCompletionSource> place, CancellationToken aborted)
    {
        lock (_lock)
        {
            if (place.List is null)
            {
                // Its turn has come.
                return;
            }

            _waiting.Remove(place);
        }

        place.Value.SetCanceled(aborted);
    }

    // The place goes to the first in the queue, if there is one.
    private void Release()
    {
        TaskCompletionSource? next = null;
        lock (_lock)
        {
            if (_waiting.First is { } first)
            {
                next = first.Value;
                _waiting.RemoveFirst();
            }
            else
            {
                _running--;
            }
        }

        next?.SetResult();
    }
}
