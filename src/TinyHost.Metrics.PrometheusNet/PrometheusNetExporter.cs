// Owns: a registry of prometheus-net as an exporter of the metrics stage.

using Prometheus;

namespace TinyHost.Metrics.PrometheusNet;

/// <summary>
/// Exports what a registry of prometheus-net holds: <c>options.Exporters.Add(new PrometheusNetExporter())</c>. Alone
/// (<see cref="MetricsOptions.ExportersAlone"/>) the text is byte for byte the registry's. Behind the built-in families, those that
/// prometheus-net adds to its default registry by itself are left out where their names are taken; another family whose name is taken is
/// reported.
/// </summary>
/// <param name="registry">The registry; null for <c>Prometheus.Metrics.DefaultRegistry</c>.</param>
public sealed class PrometheusNetExporter(CollectorRegistry? registry = null) : IMetricsExporter
{
    private readonly CollectorRegistry _registry = registry ?? Prometheus.Metrics.DefaultRegistry;

    /// <inheritdoc />
    public string Name => "prometheus-net";

    /// <inheritdoc />
    public bool WritesOpenMetrics => true;

    /// <summary>True: the text that <c>MetricServer</c> answers arrives unchanged.</summary>
    public bool IsVerbatimAlone => true;

    /// <inheritdoc />
    public Task WriteAsync(Stream output, ExporterFormat format, CancellationToken cancellationToken) =>
        _registry.CollectAndExportAsTextAsync(
            output,
            format == ExporterFormat.OpenMetrics ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText,
            cancellationToken);

    /// <summary>Recognises the families that prometheus-net adds to its default registry by itself, by name and HELP text.</summary>
    public ExporterFamilyOrigin OriginOf(string family, string help) => DefaultFamilies.OriginOf(family, help);
}
