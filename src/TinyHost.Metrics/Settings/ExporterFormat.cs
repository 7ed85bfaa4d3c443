// Owns: the formats exporters are asked for.
// Does not own: which of them a scraper gets (FormatNegotiation).

namespace TinyHost.Metrics;

/// <summary>A format an exporter is asked for.</summary>
public enum ExporterFormat
{
    /// <summary>Prometheus' text format 0.0.4. It is part of text 1.0.0, too.</summary>
    Text,

    /// <summary>OpenMetrics 1.0.0 in text. The line <c># EOF</c> at its end is taken off.</summary>
    OpenMetrics,
}
