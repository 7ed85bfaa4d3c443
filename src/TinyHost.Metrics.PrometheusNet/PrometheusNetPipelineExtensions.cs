// Owns: the metrics stage that serves a registry of prometheus-net alone, as a stage of a pipeline.

using System.Runtime.CompilerServices;
using Prometheus;
using TinyHost.Metrics;
using TinyHost.Metrics.PrometheusNet;

namespace TinyHost;

/// <summary>Adds a metrics stage that serves a registry of prometheus-net to a pipeline.</summary>
public static class PrometheusNetPipelineExtensions
{
    /// <summary>
    /// Answers all requests on this port with the registry, as <c>new MetricServer(port)</c> does; requests on other ports go to the next
    /// stage. Settings under <c>Metrics</c> in <see cref="Pipeline.Settings"/> override the arguments. If none of its prefixes listens
    /// on the port, the server adds one with the host of the first prefix. See <see cref="PrometheusNetMetrics"/>.
    /// </summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="port">The port, 1–65535. Default 9100.</param>
    /// <param name="disableGc">Leaves out the garbage collector's series that prometheus-net adds by itself. Default false.</param>
    /// <param name="registry">The registry; null, the default, for <c>Prometheus.Metrics.DefaultRegistry</c>.</param>
    /// <param name="protect">Who may read the metrics (<see cref="MetricsOptions.Protect"/>). Null, the default: everyone.</param>
    /// <param name="health">Sets the options of the health probes on the port, such as checks. Null, the default, for none.</param>
    /// <exception cref="ArgumentException">An argument is invalid. Thrown when the pipeline is built.</exception>
    /// <exception cref="ServerStartException">A setting is invalid. Thrown when the pipeline is built.</exception>
    public static Pipeline UsePrometheusNet(
        this Pipeline pipeline, int port = PrometheusMetrics.DefaultPort, bool disableGc = false, CollectorRegistry? registry = null,
        Action<AuthenticationOptions>? protect = null, Action<HealthOptions>? health = null) =>
        Use(pipeline, new MetricsOptions { Port = port, DisableGc = disableGc, Protect = protect }, registry, health);

    /// <summary>
    /// Answers requests for exactly this path with the registry, on every port; all other requests go to the next stage. The setting
    /// <c>TinyHost:Metrics:Port</c> limits the metrics to that port.
    /// </summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="path">The path, starting with <c>/</c>.</param>
    /// <param name="disableGc">Leaves out the garbage collector's series that prometheus-net adds by itself. Default false.</param>
    /// <param name="registry">The registry; null, the default, for <c>Prometheus.Metrics.DefaultRegistry</c>.</param>
    /// <param name="protect">Who may read the metrics (<see cref="MetricsOptions.Protect"/>). Null, the default: everyone.</param>
    /// <exception cref="ArgumentException">An argument is invalid. Thrown when the pipeline is built.</exception>
    /// <exception cref="ServerStartException">A setting is invalid. Thrown when the pipeline is built.</exception>
    public static Pipeline UsePrometheusNet(
        this Pipeline pipeline, string path, bool disableGc = false, CollectorRegistry? registry = null,
        Action<AuthenticationOptions>? protect = null) =>
        Use(pipeline, new MetricsOptions { Path = path, DisableGc = disableGc, Protect = protect }, registry);

    /// <summary>
    /// Answers all requests on the port of the prefix with this name with the registry, as in <c>UsePrometheusNet(prefix: "metrics")</c>;
    /// its port can be 0. All other requests go to the next stage.
    /// </summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="prefix">The name of the prefix, such as <c>metrics</c> for <c>metrics=http://127.0.0.1:0/</c>.</param>
    /// <param name="protect">Who may read the metrics (<see cref="MetricsOptions.Protect"/>). Null, the default: everyone.</param>
    /// <param name="health">Sets the options of the health probes on the port, such as checks. Null, the default, for none.</param>
    /// <param name="disableGc">Leaves out the garbage collector's series that prometheus-net adds by itself. Default false.</param>
    /// <param name="registry">The registry; null, the default, for <c>Prometheus.Metrics.DefaultRegistry</c>.</param>
    /// <exception cref="ArgumentException">An argument is invalid. Thrown when the pipeline is built.</exception>
    /// <exception cref="ServerStartException">A setting is invalid. Thrown when the pipeline is built.</exception>
    // A text without the name of its parameter is a path.
    [OverloadResolutionPriority(-1)]
    public static Pipeline UsePrometheusNet(
        this Pipeline pipeline, string prefix, Action<AuthenticationOptions>? protect = null, bool disableGc = false,
        CollectorRegistry? registry = null, Action<HealthOptions>? health = null) =>
        Use(pipeline, new MetricsOptions { Prefix = prefix, DisableGc = disableGc, Protect = protect }, registry, health);

    private static Pipeline Use(
        Pipeline pipeline, MetricsOptions options, CollectorRegistry? registry, Action<HealthOptions>? health = null)
    {
        health?.Invoke(options.Health);
        return pipeline.UseMetrics(PrometheusNetMetrics.Alone(options, registry));
    }
}
