// Owns: sending the same events to all viewers of the dashboard.
// Source: HTML Living Standard §9.2, Server-sent events.

using System.Buffers;

namespace TinyHost.Metrics;

/// <summary>
/// Keeps the latest event of each kind, encoded once for all viewers. A viewer that has not taken an event when the next one of its kind
/// comes misses it: nobody waits for it, and nothing piles up. <see cref="ServerLimits.MinDataRate"/> ends viewers that take nothing.
/// </summary>
internal sealed class EventBroadcast
{
    /// <summary>The limit on viewers, so that they leave connections to scrapers.</summary>
    internal const int MaxViewers = 32;

    private readonly Lock _gate = new();
    private readonly Kind[] _kinds = [new(), new(), new(), new()];
    private TaskCompletionSource _changed = NewSource();
    private int _viewers;

    /// <summary>The kinds of events, in the order in which a viewer gets them.</summary>
    internal enum Event
    {
        /// <summary>What the values are.</summary>
        Columns,

        /// <summary>The results of the health checks.</summary>
        Health,

        /// <summary>The workers.</summary>
        Workers,

        /// <summary>The values of a second.</summary>
        Values,
    }

    internal int Viewers => Volatile.Read(ref _viewers);

    /// <summary>Replaces the event of a kind: the data is what <paramref name="write"/> writes, without line feeds.</summary>
    internal void Publish<T>(Event kind, T state, Action<IBufferWriter<byte>, T> write)
    {
        lock (_gate)
        {
            var replaced = _kinds[(int)kind];
            replaced.Text.ResetWrittenCount();
            replaced.Version++;
            replaced.Text.Write(kind switch
            {
                Event.Columns => "event: columns\ndata: "u8,
                Event.Health => "event: health\ndata: "u8,
                Event.Workers => "event: workers\ndata: "u8,
                _ => "data: "u8,
            });
            write(replaced.Text, state);
            replaced.Text.Write("\n\n"u8);
        }
    }

    /// <summary>Sends what was published since the last call.</summary>
    internal void Send()
    {
        lock (_gate)
        {
            if (_viewers > 0)
            {
                _changed.SetResult();
                _changed = NewSource();
            }
        }
    }

    /// <summary>
    /// Answers with the events, from the latest ones on, until the viewer leaves or the server begins to stop. With too many viewers the
    /// answer is 503.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="writeMissed">Writes the values that the viewer gets first, instead of those published so far.</param>
    internal async Task AnswerAsync(RequestContext context, Action<IBufferWriter<byte>> writeMissed)
    {
        var response = context.Response;
        if (Interlocked.Increment(ref _viewers) > MaxViewers)
        {
            Interlocked.Decrement(ref _viewers);
            response.Fields["Retry-After"] = "5";
            await response.AnswerAsync(503, $"{MaxViewers} viewers are watching the dashboard already.\n").ConfigureAwait(false);
            return;
        }

        try
        {
            response.ResetContent();
            response.ContentType = "text/event-stream";
            response.Fields["Cache-Control"] = "no-store";
            // nginx and its kin would hold events back until a buffer is full.
            response.Fields["X-Accel-Buffering"] = "no";
            if (context.Request.Method != "HEAD")
            {
                await SendAsync(context, writeMissed).ConfigureAwait(false);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _viewers);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task SendAsync(RequestContext context, Action<IBufferWriter<byte>> writeMissed)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.Aborted, context.Stopping);
        var sent = new long[_kinds.Length];
        var changed = WriteNew(context.Response, sent, withValues: false);
        // Not under the lock. A second that is published meanwhile is sent twice, and the page ignores it.
        writeMissed(context.Response);
        while (!ending.IsCancellationRequested)
        {
            await context.Response.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            await changed.WaitAsync(ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            changed = WriteNew(context.Response, sent, withValues: true);
        }

        context.Aborted.ThrowIfCancellationRequested();
    }

    // Copies the events that the viewer has not got. Returns a task that ends when there are more.
    private Task WriteNew(Response response, long[] sent, bool withValues)
    {
        lock (_gate)
        {
            for (var i = 0; i < _kinds.Length; i++)
            {
                if (sent[i] != _kinds[i].Version && (withValues || i != (int)Event.Values))
                {
                    response.Write(_kinds[i].Text.WrittenSpan);
                }

                sent[i] = _kinds[i].Version;
            }

            return _changed.Task;
        }
    }

    private sealed class Kind
    {
        internal ArrayBufferWriter<byte> Text { get; } = new();

        internal long Version { get; set; }
    }
}
