// Owns: the metrics stage that serves a registry of prometheus-net alone, as a stage of a pipeline.

using Prometheus;
using TinyHost.Metrics;
using TinyHost.Metrics.PrometheusNet;

namespace TinyHost;

/// <summary>Adds a metrics stage that serves a registry of prometheus-net to a pipeline.</summary>
public static class PrometheusNetPipelineExtensions
{
    /// <summary>
    /// Answers all requests on this port with the registry, as <c>new MetricServer(port)</c> does; requests on other ports go to the next
    /// stage. Settings under <c>Metrics</c> in <see cref="Pipeline.Settings"/> override the arguments. The server fails to start with a
    /// <see cref="ServerStartException"/> if none of its prefixes listens on the port. See <see cref="PrometheusNetMetrics"/>.
    /// </summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="port">The port, 1–65535. Default 9100.</param>
    /// <param name="disableGc">Leaves out the garbage collector's series that prometheus-net adds by itself. Default false.</param>
    /// <param name="registry">The registry; null, the default, for <c>Prometheus.Metrics.DefaultRegistry</c>.</param>
    /// <exception cref="ArgumentException">An argument is invalid. Thrown when the pipeline is built.</exception>
    /// <exception cref="ServerStartException">A setting is invalid. Thrown when the pipeline is built.</exception>
    public static Pipeline UsePrometheusNet(
        this Pipeline pipeline, int port = PrometheusMetrics.DefaultPort, bool disableGc = false, CollectorRegistry? registry = null)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return pipeline.Use(next => PrometheusNetMetrics.Wrap(next, port, disableGc, registry, pipeline.Services, pipeline.Settings));
    }

    /// <summary>
    /// Answers requests for exactly this path with the registry, on every port; all other requests go to the next stage. The setting
    /// <c>TinyHost:Metrics:Port</c> limits the metrics to that port.
    /// </summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="path">The path, starting with <c>/</c>.</param>
    /// <param name="disableGc">Leaves out the garbage collector's series that prometheus-net adds by itself. Default false.</param>
    /// <param name="registry">The registry; null, the default, for <c>Prometheus.Metrics.DefaultRegistry</c>.</param>
    /// <exception cref="ArgumentException">An argument is invalid. Thrown when the pipeline is built.</exception>
    /// <exception cref="ServerStartException">A setting is invalid. Thrown when the pipeline is built.</exception>
    public static Pipeline UsePrometheusNet(
        this Pipeline pipeline, string path, bool disableGc = false, CollectorRegistry? registry = null)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return pipeline.Use(next => PrometheusNetMetrics.Wrap(next, path, disableGc, registry, pipeline.Services, pipeline.Settings));
    }
}
