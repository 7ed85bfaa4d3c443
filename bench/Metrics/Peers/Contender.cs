// Owns: the list of peers, which of them are available, and how to start each.

namespace TinyHost.Metrics.Benchmarks;

/// <summary>A peer: its name, its command, and whether it can record and expose.</summary>
internal sealed record Contender(string Name, string[] Command, bool Records, bool Exposes)
{
    internal const string TinyHost = "TinyHost.Metrics";
    internal const string OpenTelemetry = "OpenTelemetry SDK 1.20.1";

    private static readonly Contender[] s_all =
    [
        new(TinyHost, [Environment.ProcessPath!, "peer", "tinyhost"], Records: true, Exposes: true),
        new(OpenTelemetry, [Environment.ProcessPath!, "peer", "opentelemetry"], Records: true, Exposes: false),
        new("prometheus-net 8.2.1", [Built("PrometheusNet/PrometheusNet")], Records: true, Exposes: true),
        new(
            "prometheus-net behind TinyHost",
            [Built("PrometheusNet/PrometheusNet"), "tinyhost"],
            Records: false,
            Exposes: true),
        new("Go client_golang 1.14", [Built("exposition-go")], Records: true, Exposes: true),
        new(
            "Python prometheus_client 0.16",
            ["/usr/bin/python3", Repository.Path("bench/Metrics/Others/exposition.py")],
            Records: false,
            Exposes: true),
    ];

    /// <summary>The peers that have been built or are installed.</summary>
    internal static Contender[] Available => [.. s_all.Where(contender => File.Exists(contender.Command[0]))];

    /// <summary>The names of the unavailable peers.</summary>
    internal static string[] Missing => [.. s_all.Except(Available).Select(contender => contender.Name)];

    internal PeerProcess Start(string role) => PeerProcess.Start(Name, role, Command);

    private static string Built(string name) => Repository.Path(Path.Combine("artifacts/bench-metrics", name));
}
