// Owns: what the metrics stage asks of a stage that applies a web configuration file.

namespace TinyHost.Metrics;

/// <summary>A stage that <see cref="IWebConfiguration"/> makes.</summary>
/// <param name="answer">Answers scrapes.</param>
public abstract class WebConfigurationStage(Func<RequestContext, Task> answer) : Stage(answer)
{
    /// <summary>
    /// The TLS settings of the metrics port; null if it has no TLS. Another object after each change of the file.
    /// </summary>
    public abstract TlsOptions? Tls { get; }
}
