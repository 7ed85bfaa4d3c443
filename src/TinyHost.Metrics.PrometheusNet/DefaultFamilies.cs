// Owns: the families that prometheus-net adds to its default registry by itself.
// Source: prometheus-net 8.2.1: DotNetStats, MeterAdapter, EventCounterAdapter and CollectorRegistry.

namespace TinyHost.Metrics.PrometheusNet;

internal static class DefaultFamilies
{
    // Recognised by their HELP text too: an application may have a family of such a name.
    private static readonly Dictionary<string, (string Help, ExporterFamilyOrigin Origin)> s_dotNetStats = new(StringComparer.Ordinal)
    {
        ["dotnet_collection_count"] = ("GC collection count", ExporterFamilyOrigin.GarbageCollector),
        ["dotnet_total_memory_bytes"] = ("Total known allocated memory", ExporterFamilyOrigin.GarbageCollector),
        ["process_cpu_seconds"] = ("Total user and system CPU time spent in seconds.", ExporterFamilyOrigin.Process),
        ["process_num_threads"] = ("Total number of threads", ExporterFamilyOrigin.Process),
        ["process_open_handles"] = ("Number of open handles", ExporterFamilyOrigin.Process),
        ["process_private_memory_bytes"] = ("Process private memory size", ExporterFamilyOrigin.Process),
        ["process_start_time_seconds"] = ("Start time of the process since unix epoch in seconds.", ExporterFamilyOrigin.Process),
        ["process_virtual_memory_bytes"] = ("Virtual memory size in bytes.", ExporterFamilyOrigin.Process),
        ["process_working_set_bytes"] = ("Process working set", ExporterFamilyOrigin.Process),
    };

    // The adapters name a family after the meter or event source and the instrument or counter. Some event sources have a counter and a
    // gauge that OpenMetrics gives the same name.
    private static readonly string[] s_libraryPrefixes = ["prometheus_net_", "system_runtime_", "system_net_", "microsoft_aspnetcore_"];

    private static readonly string[] s_collectorPrefixes =
        ["system_runtime_dotnet_gc_", "system_runtime_gc_", "system_runtime_gen_0_", "system_runtime_gen_1_", "system_runtime_gen_2_"];

    private static readonly HashSet<string> s_collectorCounters = new(StringComparer.Ordinal)
    {
        "system_runtime_alloc",
        "system_runtime_loh_size",
        "system_runtime_poh_size",
        "system_runtime_time_in_gc",
        "system_runtime_total_pause_time_by_gc",
    };

    /// <summary>Who records a family. The name of a counter may end in <c>_total</c>; in OpenMetrics it does not.</summary>
    internal static ExporterFamilyOrigin OriginOf(string family, string help)
    {
        const string Total = "_total";
        var name = family.EndsWith(Total, StringComparison.Ordinal) ? family[..^Total.Length] : family;
        if (s_dotNetStats.TryGetValue(name, out var known))
        {
            return known.Help == help ? known.Origin : ExporterFamilyOrigin.Application;
        }

        return s_collectorCounters.Contains(name) || StartsWithAny(name, s_collectorPrefixes)
            ? ExporterFamilyOrigin.GarbageCollector
            : StartsWithAny(name, s_libraryPrefixes) ? ExporterFamilyOrigin.Process
            : ExporterFamilyOrigin.Application;
    }

    private static bool StartsWithAny(string name, string[] prefixes) =>
        Array.Exists(prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
