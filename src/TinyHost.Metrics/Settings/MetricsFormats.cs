// Owns: the kinds of formats that can be offered to scrapers.

namespace TinyHost.Metrics;

/// <summary>Kinds of exposition formats that scrapers are offered (<see cref="MetricsOptions.Formats"/>).</summary>
[Flags]
public enum MetricsFormats
{
    /// <summary>Only what is always on offer: Prometheus text.</summary>
    None = 0,

    /// <summary>Prometheus text, versions 0.0.4 and 1.0.0. It is always on offer, because every scraper reads it.</summary>
    Text = 1,

    /// <summary>OpenMetrics text, all versions.</summary>
    OpenMetrics = 2,

    /// <summary>Prometheus protobuf, from which Prometheus collects native histograms.</summary>
    Protobuf = 4,

    /// <summary>All formats.</summary>
    All = Text | OpenMetrics | Protobuf,
}
