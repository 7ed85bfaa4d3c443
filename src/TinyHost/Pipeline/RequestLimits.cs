// Owns: limits on the content of the requests behind a stage.

namespace TinyHost;

/// <summary>The stage that raises or lowers the server's limits on the content of requests.</summary>
public sealed class RequestLimits : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly Action<ServerLimits> _change;

    private RequestLimits(Func<RequestContext, Task> app, Action<ServerLimits> change)
        : base(app)
    {
        _app = app;
        _change = change;
    }

    /// <summary>
    /// Wraps an app, or the handler of one route: its requests have limits of their own, in place of the server's
    /// <see cref="ServerLimits.MaxRequestBodySize"/> (bytes), <see cref="ServerLimits.MinDataRate"/> (bytes per second) and
    /// <see cref="ServerLimits.MinDataRateGrace"/>. Those left out stay as they are. <see cref="long.MaxValue"/> as
    /// <paramref name="maxBodySize"/> and 0 as <paramref name="minDataRate"/> stand for no limit. A handler may set others
    /// (<see cref="RequestBody.MaxSize"/>). Throws <see cref="ArgumentOutOfRangeException"/> for a value that the server's limit could
    /// not have either, and <see cref="ArgumentException"/> if no limit is given.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, long? maxBodySize = null, int? minDataRate = null, TimeSpan? minDataRateGrace = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (maxBodySize is null && minDataRate is null && minDataRateGrace is null)
        {
            throw new ArgumentException("No limit is given; for content of any size, set maxBodySize to long.MaxValue.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(maxBodySize ?? 0, nameof(maxBodySize));
        ArgumentOutOfRangeException.ThrowIfNegative(minDataRate ?? 0, nameof(minDataRate));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(
            minDataRateGrace ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(minDataRateGrace));
        return new RequestLimits(app, limits =>
        {
            limits.MaxRequestBodySize = maxBodySize ?? limits.MaxRequestBodySize;
            limits.MinDataRate = minDataRate ?? limits.MinDataRate;
            limits.MinDataRateGrace = minDataRateGrace ?? limits.MinDataRateGrace;
        });
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context)
    {
        var body = context.Request.Body;
        // Most requests have no content.
        if (body.Length != 0)
        {
            body.Limit(_change);
        }

        return _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseLimits");
    }
}
