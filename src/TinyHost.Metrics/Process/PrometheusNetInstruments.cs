// Owns: the process and runtime families of prometheus-net that the built-in exposition has under other names, or not at all.
// Source: prometheus-net 8.2.1, DotNetStats.

using System.Diagnostics.Metrics;
using SystemProcess = System.Diagnostics.Process;

namespace TinyHost.Metrics;

internal static class PrometheusNetInstruments
{
    // The same for every collection of a generation, so that collecting does not allocate it.
    private static readonly KeyValuePair<string, object?>[][] s_generations = [.. Enumerable.Range(0, GC.MaxGeneration + 1).Select(
        generation => new KeyValuePair<string, object?>[] { new("generation", generation) })];

    /// <summary>Creates the instruments. Their names have underscores, so that no escaping scheme changes them.</summary>
    internal static void Create(Meter meter, GuardedMeter guarded, bool disableGc)
    {
        CreateGauge("process_num_threads", null, "Threads of the process.", process => process.Threads.Count);
        CreateGauge("process_open_handles", null, "Open handles; file descriptors on Linux.", process => process.HandleCount);
        CreateGauge("process_private_memory_bytes", "By", "Private memory of the process.", process => process.PrivateMemorySize64);
        CreateGauge("process_working_set_bytes", "By", "Working set of the process.", process => process.WorkingSet64);
        if (disableGc)
        {
            return;
        }

        guarded.Create("dotnet_total_memory_bytes", () => meter.CreateObservableGauge(
            "dotnet_total_memory_bytes", () => GC.GetTotalMemory(forceFullCollection: false), "By", "Memory of the managed heap in use."));
        guarded.Create("dotnet_collection_count_total", () => meter.CreateObservableCounter(
            "dotnet_collection_count_total",
            () => s_generations.Select((tags, generation) => new Measurement<long>(GC.CollectionCount(generation), tags)),
            "{collection}",
            "Garbage collections that included the generation."));

        void CreateGauge(string name, string? unit, string description, Func<SystemProcess, long> read) =>
            guarded.Create(name, () => meter.CreateObservableGauge(name, () => Read(read), unit, description));
    }

    // A new object each time: one that is kept must not be read by two collections at once.
    private static long Read(Func<SystemProcess, long> read)
    {
        using var process = SystemProcess.GetCurrentProcess();
        return read(process);
    }
}
