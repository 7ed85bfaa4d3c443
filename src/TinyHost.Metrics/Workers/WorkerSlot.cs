// Owns: what stays of the processes with one worker's number.

namespace TinyHost.Metrics;

/// <summary>The processes that were one worker, one after the other.</summary>
internal sealed class WorkerSlot(GaugeRules rules, Action<string> clashed)
{
    /// <summary>What those that ended counted.</summary>
    internal RetiredSeries Retired { get; } = new();

    /// <summary>What their exporters counted, in each format.</summary>
    internal IReadOnlyDictionary<ExporterFormat, ExportedTotals> Exported { get; } =
        Enum.GetValues<ExporterFormat>().ToDictionary(format => format, format => new ExportedTotals(format, rules, clashed));

    /// <summary>How many have started.</summary>
    internal int Starts { get; set; }

    /// <summary>When the last one started, in seconds since 1970.</summary>
    internal double StartedAt { get; set; }

    /// <summary>How many series of those that ended found no room in shared memory.</summary>
    internal long Refused { get; set; }
}
