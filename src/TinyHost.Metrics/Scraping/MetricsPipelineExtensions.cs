// Owns: the metrics stage as a stage of a pipeline.

using System.Runtime.CompilerServices;
using TinyHost.Metrics;

namespace TinyHost;

/// <summary>Adds the metrics stage to a pipeline.</summary>
public static class MetricsPipelineExtensions
{
    /// <summary>
    /// Answers all requests on this port with the metrics; requests on other ports go to the next stage. Settings under <c>Metrics</c> in
    /// <see cref="Pipeline.Settings"/> (<c>TinyHost:Metrics</c>, or <c>TinyHost:name:Metrics</c> for a named server) override the
    /// arguments. If none of its prefixes listens on the port, the server adds one with the host of the first prefix.
    /// <paramref name="protect"/> says who may read the metrics, as in <c>auth =&gt; auth.Users("users.txt")</c>; health checks stay open
    /// (<see cref="AuthenticationOptions.CoversHealth"/>). <paramref name="health"/> sets their options, such as checks.
    /// </summary>
    /// <exception cref="ArgumentException">An argument is invalid. Thrown when the pipeline is built.</exception>
    /// <exception cref="ServerStartException">A setting is invalid. Thrown when the pipeline is built.</exception>
    public static Pipeline UseMetrics(
        this Pipeline pipeline, int port = PrometheusMetrics.DefaultPort, bool disableGc = false,
        Action<AuthenticationOptions>? protect = null, Action<HealthOptions>? health = null) =>
        UseMetrics(pipeline, new MetricsOptions { Port = port, DisableGc = disableGc, Protect = protect }, health);

    /// <summary>
    /// Answers requests for exactly this path with the metrics, on every port; all other requests go to the next stage. The setting
    /// <c>TinyHost:Metrics:Port</c> limits the metrics to that port.
    /// </summary>
    public static Pipeline UseMetrics(
        this Pipeline pipeline, string path, bool disableGc = false, Action<AuthenticationOptions>? protect = null) =>
        UseMetrics(pipeline, new MetricsOptions { Path = path, DisableGc = disableGc, Protect = protect });

    /// <summary>
    /// Answers all requests on the port of the prefix with this name with the metrics, as in <c>UseMetrics(prefix: "metrics")</c>; its port
    /// can be 0. All other requests go to the next stage. The server fails to start with a <see cref="ServerStartException"/> if no prefix
    /// has the name, or another prefix has the same port.
    /// </summary>
    // A text without the name of its parameter is a path.
    [OverloadResolutionPriority(-1)]
    public static Pipeline UseMetrics(
        this Pipeline pipeline, string prefix, Action<AuthenticationOptions>? protect = null, bool disableGc = false,
        Action<HealthOptions>? health = null) =>
        UseMetrics(pipeline, new MetricsOptions { Prefix = prefix, DisableGc = disableGc, Protect = protect }, health);

    /// <summary>Adds the metrics stage with these options.</summary>
    public static Pipeline UseMetrics(this Pipeline pipeline, MetricsOptions options)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(options);
        return pipeline.Use(next => PrometheusMetrics.Wrap(next, options, pipeline.Services, pipeline.Settings));
    }

    private static Pipeline UseMetrics(Pipeline pipeline, MetricsOptions options, Action<HealthOptions>? health)
    {
        health?.Invoke(options.Health);
        return UseMetrics(pipeline, options);
    }
}
