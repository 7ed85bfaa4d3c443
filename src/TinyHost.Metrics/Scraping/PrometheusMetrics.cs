// Owns: wrapping an app so that what is asked of the metrics is answered with them.
// Does not own: answering (MetricsDiversion).

using Microsoft.Extensions.Configuration;

namespace TinyHost.Metrics;

/// <summary>
/// The metrics stage. It listens to instruments from the moment the app is wrapped until the server stops, and again when it is started again.
/// </summary>
public static class PrometheusMetrics
{
    /// <summary>The port where no other is named: 9100.</summary>
    public const int DefaultPort = 9100;

    /// <summary>
    /// Wraps an app: every request on the port is answered with the metrics, every other goes to the app untouched. Settings under
    /// <c>TinyHost:Metrics</c> override the arguments when there are services with a configuration. A server none of whose prefixes listens
    /// on the port fails to start with a <see cref="ServerStartException"/>.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, int port = DefaultPort, bool disableGc = false, IServiceProvider? services = null) =>
        Wrap(app, new MetricsOptions { Port = port, DisableGc = disableGc }, services);

    /// <summary>Wraps an app: requests for exactly this path are answered with the metrics, on every port.</summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, string path, bool disableGc = false, IServiceProvider? services = null) =>
        Wrap(app, new MetricsOptions { Path = path, DisableGc = disableGc }, services);

    /// <summary>
    /// Wraps an app, with all settings. The section <c>Metrics</c> of <paramref name="settings"/> overrides the options; by default
    /// <paramref name="settings"/> is the section <c>TinyHost</c> of the services' configuration, if they have one. A stage of a server with a name
    /// passes <see cref="Pipeline.Settings"/>. Throws <see cref="ArgumentException"/> for options that mean nothing, and
    /// <see cref="ServerStartException"/> for a setting that cannot be read.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, MetricsOptions options, IServiceProvider? services = null, IConfigurationSection? settings = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(options);
        return new MetricsDiversion(app, options, services, settings);
    }
}
