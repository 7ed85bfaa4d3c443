// Owns: where an exporter's families come from.

namespace TinyHost.Metrics;

/// <summary>Who records the samples of an exporter's family.</summary>
public enum ExporterFamilyOrigin
{
    /// <summary>The application or a library it uses.</summary>
    Application,

    /// <summary>
    /// The exporter's library, about the process, the runtime or itself. If the name is taken, the family is left out without a report: the
    /// built-in exposition describes the same process.
    /// </summary>
    Process,

    /// <summary>As <see cref="Process"/>, about the garbage collector: <see cref="MetricsOptions.DisableGc"/> leaves it out.</summary>
    GarbageCollector,
}
