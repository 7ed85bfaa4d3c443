// Owns: what an exporter of metrics that are not System.Diagnostics.Metrics' must be able to do.
// Does not own: when it is asked (SharedExport), nor what is taken of its text (ExporterSet).

namespace TinyHost.Metrics;

/// <summary>
/// Writes metrics of another library, in text, to be served behind the built-in exposition or alone
/// (<see cref="MetricsOptions.Exporters"/>). Every exporter writes text 0.0.4; one that writes OpenMetrics as well lets scrapers have
/// that.
/// </summary>
public interface IMetricsExporter
{
    /// <summary>What the log calls it.</summary>
    string Name { get; }

    /// <summary>
    /// Whether it can write <see cref="ExporterFormat.OpenMetrics"/>. When one exporter cannot, no scraper gets OpenMetrics.
    /// </summary>
    bool WritesOpenMetrics { get; }

    /// <summary>
    /// Writes one exposition. Scrapes that come together share it; two of one format are never under way. An exception leaves the
    /// exporter out of the scrape; so does one that takes longer than <see cref="MetricsOptions.CallbackTimeout"/>. Then the token is
    /// cancelled, and the exporter not asked for that format again until the task has ended.
    /// </summary>
    Task WriteAsync(Stream output, ExporterFormat format, CancellationToken cancellationToken);
}
