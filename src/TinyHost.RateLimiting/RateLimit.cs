// Owns: how often requests may come, as limiters of System.Threading.RateLimiting decide.

using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;

namespace TinyHost.RateLimiting;

/// <summary>The stage that refuses requests which come too often.</summary>
public sealed class RateLimit : Stage
{
    private readonly Func<RequestContext, Task> _app;
    // Null for the limiter of a caller, who disposes of it.
    private readonly Func<RequestContext, RateLimitPartition<string>>? _partition;
    private readonly Lock _lock = new();
    private PartitionedRateLimiter<RequestContext>? _limiter;
    private int _servers;

    private RateLimit(
        Func<RequestContext, Task> app,
        Func<RequestContext, RateLimitPartition<string>>? partition,
        PartitionedRateLimiter<RequestContext>? limiter)
        : base(app)
    {
        _app = app;
        _partition = partition;
        _limiter = limiter;
    }

    /// <summary>
    /// Wraps an app: <paramref name="partition"/> names the limiter of each request by a key, such as <see cref="RateLimitKey.Client"/>,
    /// and makes it. A request that gets no permit is answered with 429, and Retry-After if the limiter knows when it will have one.
    /// If the limiter has a queue, requests wait in it; a client that leaves gives up its place. A permit is held until the request ends.
    /// The server's own request (<see cref="ConnectionInfo.IsProbe"/>) needs none. The limiters live as long as the stage's servers; those
    /// not used for some time are removed.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, Func<RequestContext, RateLimitPartition<string>> partition)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(partition);
        return new RateLimit(app, partition, limiter: null);
    }

    /// <summary>As the other overload, with a limiter of your own, such as a chain of several. The stage does not dispose of it.</summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, PartitionedRateLimiter<RequestContext> limiter)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(limiter);
        return new RateLimit(app, partition: null, limiter);
    }

    /// <inheritdoc />
    protected override void Starting(IReadOnlyList<IPEndPoint> endPoints)
    {
        lock (_lock)
        {
            if (_servers++ == 0 && _partition is not null)
            {
                _limiter = PartitionedRateLimiter.Create(_partition);
            }
        }
    }

    /// <inheritdoc />
    protected override void Stopped()
    {
        lock (_lock)
        {
            if (--_servers == 0 && _partition is not null)
            {
                _limiter!.Dispose();
            }
        }
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context)
    {
        if (context.Connection.IsProbe)
        {
            return _app(context) ?? throw ReturnedNull();
        }

        var lease = _limiter!.AttemptAcquire(context);
        if (lease.IsAcquired)
        {
            return RunAsync(context, lease);
        }

        lease.Dispose();
        return WaitAsync(context, _limiter);
    }

    private static InvalidOperationException ReturnedNull() =>
        new("The stage after UseRateLimit returned null instead of a task.");

    private async Task WaitAsync(RequestContext context, PartitionedRateLimiter<RequestContext> limiter)
    {
        var lease = await limiter.AcquireAsync(context, 1, context.Aborted).ConfigureAwait(false);
        if (lease.IsAcquired)
        {
            await RunAsync(context, lease).ConfigureAwait(false);
            return;
        }

        using (lease)
        {
            if (lease.TryGetMetadata(MetadataName.RetryAfter, out var pause))
            {
                context.Response.Fields["Retry-After"] =
                    Math.Max(1, Math.Ceiling(pause.TotalSeconds)).ToString("0", CultureInfo.InvariantCulture);
            }

            await context.RefuseAsync(RejectReason.RateLimit).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(RequestContext context, RateLimitLease lease)
    {
        using (lease)
        {
            await (_app(context) ?? throw ReturnedNull()).ConfigureAwait(false);
        }
    }
}
