// Owns: what a chart of the dashboard shows.

namespace TinyHost.Metrics;

/// <summary>A chart. Its series are <see cref="Column"/>s.</summary>
/// <param name="Order">Its place on the page.</param>
/// <param name="Id">Its name in the page's data.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Unit">The unit of its values: <c>s</c>, <c>B</c>, or a text to write behind them.</param>
/// <param name="Query">PromQL for the same figures.</param>
internal sealed record Chart(int Order, string Id, string Title, string Unit, string Query)
{
    /// <summary>The chart whose series are the buckets of a histogram, and which the page draws as a heat map.</summary>
    internal const string HeatId = "heat";

    /// <summary>The chart whose series the page also draws as marks on all others.</summary>
    internal const string CollectionsId = "gc";

    /// <summary>Why the chart shows nothing; empty if it may show something.</summary>
    internal string Note { get; init; } = "";

    internal static Chart Processors { get; } = new(
        80, "cpu", "Processor time", "cores", "rate(process_cpu_seconds_total[1m])");

    internal static Chart Memory { get; } = new(90, "memory", "Memory", "B", "process_resident_memory_bytes");

    internal static Chart Collections { get; } = new(
        100, CollectionsId, "Garbage collections", "/s", "sum by (gc_heap_generation) (rate(dotnet_gc_collections_total[5m]))");

    internal static Chart Pauses { get; } = new(
        110, "pauses", "Time paused for collections", "s/s", "rate(dotnet_gc_pause_time_seconds_total[5m])");

    internal static Chart Pool { get; } = new(120, "pool", "Thread pool", "", "dotnet_thread_pool_queue_length");

    internal static Chart Connections { get; } = new(50, "connections", "Open connections", "", "tinyhost_connections_active");
}

/// <summary>A series of the dashboard.</summary>
/// <param name="Chart">Its chart.</param>
/// <param name="Name">Its name within the chart.</param>
internal sealed record Column(Chart Chart, string Name);
