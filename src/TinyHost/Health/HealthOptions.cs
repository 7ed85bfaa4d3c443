// Owns: the options of health probes, and their defaults.

namespace TinyHost;

/// <summary>
/// Options of health probes. Settings of the same names under <c>TinyHost:Health</c> (<c>TinyHost:name:Health</c> for a named server)
/// override them, except for <see cref="Checks"/>.
/// </summary>
public sealed class HealthOptions
{
    /// <summary>
    /// The path of liveness: whether the process works at all. 200, or 503 with the reasons, if the server's own checks or one with the tag
    /// <see cref="HealthCheck.LivenessTag"/> are unhealthy. Default <c>/-/healthy</c>.
    /// </summary>
    public string LivenessPath { get; set; } = "/-/healthy";

    /// <summary>
    /// The path of readiness: whether requests should be sent here. 503 if any check is unhealthy, and from the beginning of a stop on.
    /// Default <c>/-/ready</c>.
    /// </summary>
    public string ReadinessPath { get; set; } = "/-/ready";

    /// <summary>
    /// The port that only probes use, 1–65535; null, the default, for none. If no prefix of the server listens on it, the server adds one
    /// with the host of its first prefix. Not for probes on the port of the metrics.
    /// </summary>
    public int? Port { get; set; }

    /// <summary>As <see cref="Port"/>, the name of the prefix that only probes use. Null, the default, for none.</summary>
    public string? Prefix { get; set; }

    /// <summary>
    /// For how long a result of a check answers further probes. Probes that arrive during a check share it. Default 1 s; zero for a check
    /// with each probe.
    /// </summary>
    public TimeSpan CacheLifetime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The deadline of each check without one of its own. A check that misses it is unhealthy until it ends, and is not run again before.
    /// Default 5 s.
    /// </summary>
    public TimeSpan CheckTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether liveness depends on a request that the server sends through its own chain: <c>OPTIONS *</c>, not counted as a request of the
    /// app. Default true.
    /// </summary>
    public bool ProbeChain { get; set; } = true;

    /// <summary>The checks of the program, besides those of its services (<see cref="IHealthCheckSource"/>). Empty by default.</summary>
    public IList<HealthCheck> Checks { get; private set; } = [];

    /// <summary>Adds a check. See <see cref="HealthCheck(string, Func{CancellationToken, Task{HealthResult}}, string[])"/>.</summary>
    public HealthOptions Add(string name, Func<CancellationToken, Task<HealthResult>> check, params string[] tags)
    {
        Checks.Add(new HealthCheck(name, check, tags));
        return this;
    }

    internal HealthOptions Copy()
    {
        var copy = (HealthOptions)MemberwiseClone();
        copy.Checks = [.. Checks];
        return copy;
    }
}
