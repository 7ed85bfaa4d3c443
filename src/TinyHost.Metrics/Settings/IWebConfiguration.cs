// Owns: the seam for the web configuration file of Prometheus' exporters, which the package TinyHost.WebConfig reads.

namespace TinyHost.Metrics;

/// <summary>Applies web configuration files (<see cref="MetricsOptions.WebConfigFile"/>).</summary>
public interface IWebConfiguration
{
    /// <summary>
    /// A stage that applies a file to requests before it passes them to <paramref name="answer"/>.
    /// </summary>
    /// <param name="answer">Answers scrapes.</param>
    /// <param name="file">The path of the file; a relative path starts from the content root of the services.</param>
    /// <param name="authentication">
    /// Whom the program and its settings admit besides the users of the file, perhaps nobody, and which paths are open.
    /// </param>
    /// <param name="services">The services of the application; null without any.</param>
    WebConfigurationStage Wrap(
        Func<RequestContext, Task> answer, string file, AuthenticationOptions authentication, IServiceProvider? services);
}
