// Owns: the metrics stage as a stage of a pipeline.

using TinyHost.Metrics;

namespace TinyHost;

/// <summary>Adds the metrics stage to a pipeline.</summary>
public static class MetricsPipelineExtensions
{
    /// <summary>
    /// Answers all requests on this port with the metrics; requests on other ports go to the next stage. Settings under <c>Metrics</c> in
    /// <see cref="Pipeline.Settings"/> (<c>TinyHost:Metrics</c>, or <c>TinyHost:name:Metrics</c> for a named server) override the
    /// arguments. The server fails to start with a <see cref="ServerStartException"/> if none of its prefixes listens on the port.
    /// </summary>
    /// <exception cref="ArgumentException">An argument is invalid. Thrown when the pipeline is built.</exception>
    /// <exception cref="ServerStartException">A setting is invalid. Thrown when the pipeline is built.</exception>
    public static Pipeline UseMetrics(this Pipeline pipeline, int port = PrometheusMetrics.DefaultPort, bool disableGc = false) =>
        UseMetrics(pipeline, new MetricsOptions { Port = port, DisableGc = disableGc });

    /// <summary>
    /// Answers requests for exactly this path with the metrics, on every port; all other requests go to the next stage. The setting
    /// <c>TinyHost:Metrics:Port</c> limits the metrics to that port.
    /// </summary>
    public static Pipeline UseMetrics(this Pipeline pipeline, string path, bool disableGc = false) =>
        UseMetrics(pipeline, new MetricsOptions { Path = path, DisableGc = disableGc });

    /// <summary>Adds the metrics stage with these options.</summary>
    public static Pipeline UseMetrics(this Pipeline pipeline, MetricsOptions options)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(options);
        return pipeline.Use(next => PrometheusMetrics.Wrap(next, options, pipeline.Services, pipeline.Settings));
    }
}
