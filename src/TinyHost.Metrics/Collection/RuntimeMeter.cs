// Owns: what is special about the meter System.Runtime.
// Does not own: its instruments, which the framework supplies.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

internal static class RuntimeMeter
{
    internal const string Name = "System.Runtime";

    /// <summary>True for the garbage collector's instruments, which a setting leaves out.</summary>
    internal static bool IsGarbageCollection(Instrument instrument) =>
        instrument.Meter.Name == Name && instrument.Name.StartsWith("dotnet.gc.", StringComparison.Ordinal);

    /// <summary>
    /// The name to make a family's name of. Only histograms and summaries may have a sample called <c>…_count</c>, so promtool refuses a gauge
    /// of such a name: the runtime's four are spelled as Prometheus spells a number of things, in the plural.
    /// </summary>
    internal static string NameOf(Instrument instrument) => instrument.Meter.Name != Name ? instrument.Name : instrument.Name switch
    {
        "dotnet.assembly.count" => "dotnet.assemblies",
        "dotnet.process.cpu.count" => "dotnet.process.cpus",
        "dotnet.thread_pool.thread.count" => "dotnet.thread_pool.threads",
        "dotnet.timer.count" => "dotnet.timers",
        var name => name,
    };
}
