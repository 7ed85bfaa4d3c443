// Owns: the formats that exporters write.

namespace TinyHost.Metrics;

/// <summary>A format that an exporter is asked for.</summary>
public enum ExporterFormat
{
    /// <summary>Prometheus text format 0.0.4, which is also valid text format 1.0.0.</summary>
    Text,

    /// <summary>OpenMetrics 1.0.0 text. The line <c># EOF</c> at its end is removed.</summary>
    OpenMetrics,
}
