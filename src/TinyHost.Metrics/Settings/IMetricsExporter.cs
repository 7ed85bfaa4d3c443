// Owns: the interface of exporters: other libraries' metrics.

namespace TinyHost.Metrics;

/// <summary>
/// Writes metrics of another library as text, to be exposed after the built-in families or alone (<see cref="MetricsOptions.Exporters"/>).
/// Every exporter writes text 0.0.4. OpenMetrics is available to scrapers if all exporters can write it.
/// </summary>
public interface IMetricsExporter
{
    /// <summary>The name of the exporter in the log.</summary>
    string Name { get; }

    /// <summary>Whether it can write <see cref="ExporterFormat.OpenMetrics"/>.</summary>
    bool WritesOpenMetrics { get; }

    /// <summary>
    /// Writes one exposition. Simultaneous scrapes share it; calls for the same format do not overlap. If it throws, or takes longer than
    /// <see cref="MetricsOptions.CallbackTimeout"/>, the exporter is left out of the scrape. In the latter case the token is cancelled, and
    /// the exporter is not asked for that format again until the task has ended.
    /// </summary>
    Task WriteAsync(Stream output, ExporterFormat format, CancellationToken cancellationToken);
}
