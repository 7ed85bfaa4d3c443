// Owns: telling a handler that its peer has left, that the server stops, or that the heartbeat ticks.

namespace TinyHost;

/// <summary>Made when a handler first asks for one of its tokens. Other threads may cancel them at any time.</summary>
internal sealed class HandlerSignals(RequestContext context, Http1Connection http1, CancellationToken serverStopping)
{
    // Neither source is disposed: they hold no timer or wait handle, and the heartbeat may cancel them while the connection ends.
    private CancellationTokenSource? _aborted;
    private CancellationTokenSource? _stopping;

    /// <summary>See <see cref="RequestContext.Aborted"/>.</summary>
    internal CancellationToken Aborted
    {
        get
        {
            if (_aborted is null)
            {
                Interlocked.CompareExchange(ref _aborted, NewSource(), null);
                // Checked once the source is published: whoever cancels earlier does not see it.
                if (context.IsAborted)
                {
                    NoticeLeft();
                }
            }

            return _aborted.Token;
        }
    }

    /// <summary>See <see cref="RequestContext.Stopping"/>.</summary>
    internal CancellationToken Stopping
    {
        get
        {
            if (_stopping is null)
            {
                Interlocked.CompareExchange(ref _stopping, NewSource(), null);
            }

            if (serverStopping.IsCancellationRequested && !_stopping.IsCancellationRequested)
            {
                AnnounceStop();
            }

            return _stopping.Token;
        }
    }

    /// <summary>True once the handler has been told that its peer has left.</summary>
    internal bool HasLeft => _aborted is { IsCancellationRequested: true };

    /// <summary>True while the handler may be waiting for its peer to leave.</summary>
    internal bool IsWatched => _aborted is { IsCancellationRequested: false };

    /// <summary>Called with each tick of the heartbeat and its time in milliseconds; null for nothing. Must not throw.</summary>
    internal Action<long>? Ticked { get; set; }

    internal void NoticeLeft() => HandlerFailure.Cancel(_aborted, context);

    internal void AnnounceStop() => HandlerFailure.Cancel(_stopping, context);

    /// <summary>Removes the callbacks that earlier handlers left registered.</summary>
    internal void Clear()
    {
        Ticked = null;
        _stopping?.TryReset();
        if (_aborted?.TryReset() == false)
        {
            _aborted = null;
        }
    }

    private CancellationTokenSource NewSource() => http1.Allocations.Make(this, static _ => new CancellationTokenSource());
}
