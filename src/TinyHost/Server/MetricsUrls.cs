// Owns: where the metrics of a server are, for whoever tells Prometheus.

namespace TinyHost;

internal static class MetricsUrls
{
    /// <summary>One for each socket of a stage that serves metrics on a port of their own, by its own end point.</summary>
    internal static IEnumerable<string> Find(IReadOnlyList<Listener> listeners, IReadOnlyList<Stage> stages) =>
        from stage in stages
        where stage.MonitoringPath is not null
        from listener in listeners
        where listener is { IsMonitoring: true, EndPoint: not UnixEndPoint } && IsOf(stage, listener)
        select $"{listener.Scheme}://{listener.EndPoint}{stage.MonitoringPath}";

    private static bool IsOf(Stage stage, Listener listener) => stage.MonitoringPort is { } port
        ? listener.StageEndPoint.Port == port
        : stage.MonitoringPrefix is { } name && NamedEndPoints.HasName(listener.Names, name);
}
