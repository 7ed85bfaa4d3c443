// Owns: web configuration files as the metrics stage uses them.

using TinyHost.Metrics;

namespace TinyHost.WebConfig;

/// <summary>
/// Applies the web configuration file that Prometheus' exporters take (<c>--web.config.file</c>) to the metrics:
/// <c>builder.Services.AddWebConfiguration()</c> and the setting <c>TinyHost:Metrics:WebConfigFile</c>, or
/// <c>new MetricsOptions { WebConfigFile = "web.yml", WebConfiguration = new WebConfiguration() }</c>.
/// </summary>
public sealed class WebConfiguration : IWebConfiguration
{
    /// <summary>
    /// Throws <see cref="ServerStartException"/> with a sentence for a file that cannot be read or used.
    /// </summary>
    /// <inheritdoc />
    public WebConfigurationStage Wrap(
        Func<RequestContext, Task> answer, string file, AuthenticationOptions authentication, IServiceProvider? services)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentException.ThrowIfNullOrWhiteSpace(file);
        ArgumentNullException.ThrowIfNull(authentication);
        return new WebConfigStage(answer, file, authentication, services);
    }
}
