// Owns: AddWebConfiguration, which lets the metrics of a Generic Host have a web configuration file.

using TinyHost.Metrics;
using TinyHost.WebConfig;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Web configuration files in a Generic Host.</summary>
public static class WebConfigurationServiceCollectionExtensions
{
    /// <summary>
    /// Lets the setting <c>TinyHost:Metrics:WebConfigFile</c> name a web configuration file of Prometheus' exporters. Without the setting
    /// nothing changes.
    /// </summary>
    public static IServiceCollection AddWebConfiguration(this IServiceCollection services) =>
        services.AddSingleton<IWebConfiguration, WebConfiguration>();
}
