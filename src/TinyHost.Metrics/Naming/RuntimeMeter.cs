// Owns: special cases for the instruments of .NET's meter System.Runtime.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

internal static class RuntimeMeter
{
    internal const string Name = "System.Runtime";

    private const string ThreadCount = "dotnet.thread_pool.thread.count";
    private const string QueueLength = "dotnet.thread_pool.queue.length";

    /// <summary>True for the garbage collector's instruments, which a setting leaves out.</summary>
    internal static bool IsGarbageCollection(Instrument instrument) =>
        instrument.Meter.Name == Name && instrument.Name.StartsWith("dotnet.gc.", StringComparison.Ordinal);

    /// <summary>
    /// The name to derive a family's name from. Only histograms and summaries may have samples named <c>…_count</c>, so promtool rejects
    /// such gauges: the runtime's four get a plural, as is usual in Prometheus.
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
    /// The kind to treat an instrument as. .NET 9 and 10 declare two counters that can decrease; the semantic conventions make them
    /// UpDownCounters. As counters, each decrease would look like a reset.
    /// </summary>
    internal static InstrumentKind KindOf(Instrument instrument, InstrumentKind declared) =>
        declared == InstrumentKind.ObservableCounter && instrument.Meter.Name == Name && instrument.Name is (ThreadCount or QueueLength)
            ? InstrumentKind.ObservableUpDownCounter
            : declared;
}
