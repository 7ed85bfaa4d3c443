// Owns: telling exporters apart without running their code.

namespace TinyHost.Metrics;

/// <summary>An exporter, once for each time that the options name it.</summary>
internal sealed class NamedExporter(IMetricsExporter exporter, string name)
{
    internal IMetricsExporter Exporter => exporter;

    /// <summary>Its name in the log.</summary>
    internal string Name => name;
}
