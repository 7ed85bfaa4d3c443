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
    /// Whether none of its families is left out if it is the only exporter, <see cref="MetricsOptions.ExportersAlone"/> is true and there
    /// are no <see cref="MetricsOptions.Labels"/>. Text 0.0.4 is then sent byte for byte, and OpenMetrics with its HELP comments and
    /// exemplars repaired. Its failure fails the scrape with 503, because nothing else is exposed. Default false.
    /// </summary>
    bool IsVerbatimAlone => false;

    /// <summary>
    /// Writes one exposition. Simultaneous scrapes share it; calls for the same format do not overlap. If it throws, or takes longer than
    /// <see cref="MetricsOptions.CallbackTimeout"/>, the exporter is left out of the scrape. In the latter case the token is cancelled, and
    /// the exporter is not asked for that format again until the task has ended.
    /// </summary>
    Task WriteAsync(Stream output, ExporterFormat format, CancellationToken cancellationToken);

    /// <summary>
    /// Who records a family: by default the application. Called during scrapes, by several threads at once.
    /// </summary>
    /// <param name="family">The name of the family; in OpenMetrics that of a counter lacks <c>_total</c>.</param>
    /// <param name="help">Its HELP text as written; empty if there is none.</param>
    ExporterFamilyOrigin OriginOf(string family, string help) => ExporterFamilyOrigin.Application;
}
