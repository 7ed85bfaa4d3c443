// Owns: what changes in an exposition when a program moves from prometheus-net to the built-in families.

namespace TinyHost.Metrics.PrometheusNet.Tests.Peers;

internal static class MoveDifferences
{
    private static readonly PeerDifference s_additions = new(
        "TinyHost describes more of the process and the runtime, the build, and its own scrapes.",
        "+ *process_*", "+ *dotnet_*", "+ *build_info*", "+ *tinyhost_metrics_*");

    /// <summary>With the registry behind the built-in families.</summary>
    internal static readonly PeerDifference[] Behind =
    [
        s_additions,
        new("Families that both have are TinyHost's: only their HELP texts differ.",
            "- help process_cpu_seconds_total = *", "- help process_start_time_seconds = *", "- help process_virtual_memory_bytes = *"),
    ];

    /// <summary>Recorded with System.Diagnostics.Metrics, with the setting PrometheusNetNames.</summary>
    internal static readonly PeerDifference[] BuiltIn =
    [
        s_additions,
        new("The names are prometheus-net's; the HELP texts are not.", "- help process_* = *", "- help dotnet_* = *"),
        new("A histogram takes the place of a summary: sum and count stay, Prometheus computes the quantiles.",
            "- type moved_size_bytes = summary", "- moved_size_bytes{quantile=\"0.5\"} = 100",
            "+ type moved_size_bytes = histogram", "+ moved_size_bytes_bucket{le=\"*\"} = *"),
    ];
}
