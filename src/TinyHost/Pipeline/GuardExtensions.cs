// Owns: the stages that guard handlers, as members of a pipeline. Each line names the function that does the work.

namespace TinyHost;

/// <summary>The stages that guard handlers, added to a <see cref="Pipeline"/>.</summary>
public static class GuardExtensions
{
    /// <summary>
    /// Cancels <see cref="RequestContext.Aborted"/> of requests that take longer than <paramref name="limit"/> and answers them with 504.
    /// Without <paramref name="time"/> its clock is the <see cref="TimeProvider"/> of the services, or else the system's. See
    /// <see cref="RequestTimeout.Wrap"/>.
    /// </summary>
    public static Pipeline UseTimeout(this Pipeline pipeline, TimeSpan limit, TimeProvider? time = null) =>
        pipeline.Use(next => RequestTimeout.Wrap(next, limit, time ?? pipeline.Clock));

    /// <summary>
    /// Lets <paramref name="limit"/> requests run at once and <paramref name="queueLength"/> more wait, and answers all others with 503 and
    /// Retry-After, by default 1 s. See <see cref="ConcurrencyLimit.Wrap"/>.
    /// </summary>
    public static Pipeline UseConcurrencyLimit(this Pipeline pipeline, int limit, int queueLength = 0, TimeSpan? retryAfter = null) =>
        pipeline.Use(next => ConcurrencyLimit.Wrap(next, limit, queueLength, retryAfter));

    /// <summary>Lets pages of these origins, such as <c>https://shop.example</c>, or of all (<c>*</c>) read responses.</summary>
    public static Pipeline UseCors(this Pipeline pipeline, params string[] origins)
    {
        ArgumentNullException.ThrowIfNull(origins);
        var options = new CorsOptions();
        Array.ForEach(origins, options.Origins.Add);
        return pipeline.UseCors(options);
    }

    /// <summary>Lets pages of other origins read responses. See <see cref="Cors.Wrap"/>.</summary>
    public static Pipeline UseCors(this Pipeline pipeline, CorsOptions options) => pipeline.Use(next => Cors.Wrap(next, options));
}
