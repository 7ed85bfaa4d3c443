// Owns: adding the metrics stage to a pipeline.
// Does not own: the stage.

using TinyHost.Metrics;

namespace TinyHost;

/// <summary>The metrics stage in a chain.</summary>
public static class MetricsPipelineExtensions
{
    /// <summary>
    /// Answers every request on the port with the metrics; requests on other ports go on through the chain. Settings under <c>Metrics</c> in
    /// <see cref="Pipeline.Settings"/> (<c>TinyHost:Metrics</c>, or <c>TinyHost:name:Metrics</c> for a server with a name) override the arguments;
    /// see <see cref="MetricsOptions"/>.
    /// Folding the chain throws <see cref="ArgumentException"/> for arguments that mean nothing and <see cref="ServerStartException"/> for
    /// settings that cannot be read; a server none of whose prefixes listens on the port fails to start with the latter.
    /// </summary>
    public static Pipeline UseMetrics(this Pipeline pipeline, int port = PrometheusMetrics.DefaultPort, bool disableGc = false) =>
        UseMetrics(pipeline, new MetricsOptions { Port = port, DisableGc = disableGc });

    /// <summary>
    /// Answers requests for exactly this path with the metrics, whatever the port; all others go on through the chain. The setting
    /// <c>TinyHost:Metrics:Port</c> turns this into the form with a port.
    /// </summary>
    public static Pipeline UseMetrics(this Pipeline pipeline, string path, bool disableGc = false) =>
        UseMetrics(pipeline, new MetricsOptions { Path = path, DisableGc = disableGc });

    /// <summary>Adds the metrics stage with all its settings.</summary>
    public static Pipeline UseMetrics(this Pipeline pipeline, MetricsOptions options)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(options);
        return pipeline.Use(next => PrometheusMetrics.Wrap(next, options, pipeline.Services, pipeline.Settings));
    }
}
