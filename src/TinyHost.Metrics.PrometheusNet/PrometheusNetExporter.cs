// Owns: serving a registry of prometheus-net beside the built-in exposition.

using Prometheus;

namespace TinyHost.Metrics.PrometheusNet;

/// <summary>
/// Exports what a registry of prometheus-net holds: <c>options.Exporters.Add(new PrometheusNetExporter())</c>. Without
/// <c>Prometheus.Metrics.SuppressDefaultMetrics()</c> the default registry has series of the process and of System.Diagnostics.Metrics that
/// TinyHost exposes itself; those of the same name are left out.
/// </summary>
/// <param name="registry">The registry; null for <c>Prometheus.Metrics.DefaultRegistry</c>.</param>
public sealed class PrometheusNetExporter(CollectorRegistry? registry = null) : IMetricsExporter
{
    private readonly CollectorRegistry _registry = registry ?? Prometheus.Metrics.DefaultRegistry;

    /// <inheritdoc />
    public string Name => "prometheus-net";

    /// <inheritdoc />
    public bool WritesOpenMetrics => true;

    /// <inheritdoc />
    public Task WriteAsync(Stream output, ExporterFormat format, CancellationToken cancellationToken) =>
        _registry.CollectAndExportAsTextAsync(
            output,
            format == ExporterFormat.OpenMetrics ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText,
            cancellationToken);
}
