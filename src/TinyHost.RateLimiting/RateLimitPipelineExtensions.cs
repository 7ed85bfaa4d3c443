// Owns: the rate limit as a stage of a pipeline.

using System.Threading.RateLimiting;
using TinyHost.RateLimiting;

namespace TinyHost;

/// <summary>Adds a rate limit to a pipeline.</summary>
public static class RateLimitPipelineExtensions
{
    /// <summary>
    /// Answers requests that come too often with 429. See
    /// <see cref="RateLimit.Wrap(Func{RequestContext, Task}, Func{RequestContext, RateLimitPartition{string}})"/>.
    /// </summary>
    public static Pipeline UseRateLimit(this Pipeline pipeline, Func<RequestContext, RateLimitPartition<string>> partition)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return pipeline.Use(next => RateLimit.Wrap(next, partition));
    }

    /// <summary>As the other overload, with a limiter of your own, which the stage does not dispose of.</summary>
    public static Pipeline UseRateLimit(this Pipeline pipeline, PartitionedRateLimiter<RequestContext> limiter)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return pipeline.Use(next => RateLimit.Wrap(next, limiter));
    }
}
