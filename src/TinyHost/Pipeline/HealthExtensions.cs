// Owns: the stage that answers health probes, as a member of a pipeline.

namespace TinyHost;

/// <summary>Adds health probes to a pipeline.</summary>
public static class HealthExtensions
{
    /// <summary>
    /// Answers <c>/-/healthy</c> and <c>/-/ready</c> on every port; all other requests go to the next stage. <paramref name="configure"/>
    /// sets the options; settings under <c>TinyHost:Health</c> override them. The port of <c>UseMetrics</c> and <c>UsePrometheusNet</c>
    /// answers probes without this stage. See <see cref="HealthProbes.Wrap"/>.
    /// </summary>
    public static Pipeline UseHealth(this Pipeline pipeline, Action<HealthOptions>? configure = null) =>
        Use(pipeline, new HealthOptions(), configure);

    /// <summary>
    /// Answers probes on this port, and nothing else there: other paths are 404. If no prefix of the server listens on the port, the server
    /// adds one with the host of the first prefix.
    /// </summary>
    public static Pipeline UseHealth(this Pipeline pipeline, int port, Action<HealthOptions>? configure = null) =>
        Use(pipeline, new HealthOptions { Port = port }, configure);

    /// <summary>
    /// Answers probes on the port of the prefix with this name, as in <c>UseHealth(prefix: "health")</c>, and nothing else there. The
    /// server fails to start with a <see cref="ServerStartException"/> if no prefix has the name, or another prefix has the same port.
    /// </summary>
    public static Pipeline UseHealth(this Pipeline pipeline, string prefix, Action<HealthOptions>? configure = null) =>
        Use(pipeline, new HealthOptions { Prefix = prefix }, configure);

    private static Pipeline Use(Pipeline pipeline, HealthOptions options, Action<HealthOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        configure?.Invoke(options);
        return pipeline.Use(next => HealthProbes.Wrap(next, options, pipeline.Services, pipeline.Settings));
    }
}
