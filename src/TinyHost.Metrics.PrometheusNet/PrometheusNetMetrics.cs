// Owns: the metrics stage that serves a registry of prometheus-net alone, as a function.

using Microsoft.Extensions.Configuration;
using Prometheus;

namespace TinyHost.Metrics.PrometheusNet;

/// <summary>
/// Serves a registry of prometheus-net alone: byte for byte the text that <c>new MetricServer(port)</c> answers, or OpenMetrics for
/// scrapers that prefer it, compressed if they accept gzip, and limited to the families of <c>name[]</c>. Settings under
/// <c>TinyHost:Metrics</c> apply; those about instruments have no effect. For options in code, or to serve the registry together with
/// <c>System.Diagnostics.Metrics</c>, add a <see cref="PrometheusNetExporter"/> to <see cref="MetricsOptions.Exporters"/>.
/// </summary>
public static class PrometheusNetMetrics
{
    /// <summary>
    /// Wraps an app: all requests on this port are answered with the registry, all others go to the app. If none of its prefixes
    /// listens on the port, the server adds one with the host of the first prefix.
    /// </summary>
    /// <param name="app">The app.</param>
    /// <param name="port">The port, 1–65535. Default 9100.</param>
    /// <param name="disableGc">
    /// Leaves out the garbage collector's series that prometheus-net adds to its default registry: <c>dotnet_collection_count_total</c>,
    /// <c>dotnet_total_memory_bytes</c>, and those that its adapters take from System.Runtime. Default false.
    /// </param>
    /// <param name="registry">The registry; null, the default, for <c>Prometheus.Metrics.DefaultRegistry</c>.</param>
    /// <param name="services">Services with a configuration, whose settings override the arguments, and a log; null for none.</param>
    /// <param name="settings">
    /// The settings of a named server, <see cref="Pipeline.Settings"/>; null for the section <c>TinyHost</c> of the services'
    /// configuration.
    /// </param>
    /// <exception cref="ArgumentException">An argument is invalid.</exception>
    /// <exception cref="ServerStartException">A setting is invalid.</exception>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app,
        int port = PrometheusMetrics.DefaultPort,
        bool disableGc = false,
        CollectorRegistry? registry = null,
        IServiceProvider? services = null,
        IConfigurationSection? settings = null) =>
        PrometheusMetrics.Wrap(app, Alone(new MetricsOptions { Port = port, DisableGc = disableGc }, registry), services, settings);

    /// <summary>
    /// Wraps an app: requests for exactly this path are answered with the registry, on every port; all other requests go to the app.
    /// </summary>
    /// <param name="app">The app.</param>
    /// <param name="path">The path, starting with <c>/</c>.</param>
    /// <param name="disableGc">Leaves out the garbage collector's series. Default false.</param>
    /// <param name="registry">The registry; null, the default, for <c>Prometheus.Metrics.DefaultRegistry</c>.</param>
    /// <param name="services">Services with a configuration and a log; null for none.</param>
    /// <param name="settings">The settings of a named server; null for the section <c>TinyHost</c>.</param>
    /// <exception cref="ArgumentException">An argument is invalid.</exception>
    /// <exception cref="ServerStartException">A setting is invalid.</exception>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app,
        string path,
        bool disableGc = false,
        CollectorRegistry? registry = null,
        IServiceProvider? services = null,
        IConfigurationSection? settings = null) =>
        PrometheusMetrics.Wrap(app, Alone(new MetricsOptions { Path = path, DisableGc = disableGc }, registry), services, settings);

    internal static MetricsOptions Alone(MetricsOptions options, CollectorRegistry? registry)
    {
        options.Exporters.Add(new PrometheusNetExporter(registry));
        options.ExportersAlone = true;
        return options;
    }
}
