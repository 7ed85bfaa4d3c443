// Owns: the metrics stage as a function.

using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;

namespace TinyHost.Metrics;

/// <summary>
/// The metrics stage. It listens to instruments while its server runs: measurements made before the start, and after the stop, are not
/// exposed.
/// </summary>
public static class PrometheusMetrics
{
    /// <summary>The default port, 9100.</summary>
    public const int DefaultPort = 9100;

    /// <summary>
    /// Wraps an app: all requests on this port are answered with the metrics, all others go to the app. Settings under
    /// <c>TinyHost:Metrics</c> override the arguments if the services have a configuration. If none of its prefixes listens on the
    /// port, the server adds one with the host of the first prefix.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, int port = DefaultPort, bool disableGc = false, IServiceProvider? services = null) =>
        Wrap(app, new MetricsOptions { Port = port, DisableGc = disableGc }, services);

    /// <summary>Wraps an app: requests for exactly this path are answered with the metrics, on every port.</summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, string path, bool disableGc = false, IServiceProvider? services = null) =>
        Wrap(app, new MetricsOptions { Path = path, DisableGc = disableGc }, services);

    /// <summary>
    /// Wraps an app, with these options. The section <c>Metrics</c> of <paramref name="settings"/> overrides them; by default
    /// <paramref name="settings"/> is the section <c>TinyHost</c> of the services' configuration. For a named server, pass
    /// <see cref="Pipeline.Settings"/>.
    /// </summary>
    /// <exception cref="ArgumentException">An option is invalid.</exception>
    /// <exception cref="ServerStartException">A setting is invalid.</exception>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, MetricsOptions options, IServiceProvider? services = null, IConfigurationSection? settings = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(options);
        return new MetricsStage(app, options, services, settings);
    }

    /// <summary>
    /// Removes the series of an instrument that have all of these tags, in every metrics stage and <see cref="BatchMetrics"/> of the
    /// process; without tags, all series of the instrument. A tag whose value is null or empty stands for series without the tag. For tags
    /// whose subject is gone, such as a customer. The next measurement with the tags of a removed series starts a new one. Returns the
    /// number of series removed. Observable instruments have none to remove: their series end when the callback no longer reports them.
    /// </summary>
    public static int RemoveSeries(Instrument instrument, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        var count = 0;
        foreach (var collector in LiveCollectors.All)
        {
            count += collector.RemoveSeries(instrument, tags);
        }

        return count;
    }
}
