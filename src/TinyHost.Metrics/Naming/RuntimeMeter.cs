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
        ThreadCount => "dotnet.thread_pool.threads",
        "dotnet.timer.count" => "dotnet.timers",
        var name => name,
    };

    /// <summary>
    /// The kind to treat an instrument as. .NET 9 and 10 declare two as counters that go down as well; the semantic conventions have them as
    /// UpDownCounters, and a rate over them as counters would see a reset at each step down.
    /// </summary>
    internal static InstrumentKind KindOf(Instrument instrument, InstrumentKind declared) =>
        declared == InstrumentKind.ObservableCounter && instrument.Meter.Name == Name && instrument.Name is (ThreadCount or QueueLength)
            ? InstrumentKind.ObservableUpDownCounter
            : declared;

    private const string ThreadCount = "dotnet.thread_pool.thread.count";
    private const string QueueLength = "dotnet.thread_pool.queue.length";
}
