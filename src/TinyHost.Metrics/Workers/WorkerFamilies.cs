// Owns: the families about workers, which their parent adds to every exposition.

using System.Globalization;

namespace TinyHost.Metrics;

internal static class WorkerFamilies
{
    private static readonly SharedFamily s_up = new(
        InstrumentKind.Gauge, "tinyhost_worker_up", "tinyhost_worker_up", "", "Whether the worker answered this scrape.", [], 0);

    private static readonly SharedFamily s_restarts = new(
        InstrumentKind.Counter, "tinyhost_worker_restarts_total", "tinyhost_worker_restarts_total", "",
        "Processes started for the worker after the first: it died, or was replaced.", [], 0);

    private static readonly SharedFamily s_startTime = new(
        InstrumentKind.Gauge, "tinyhost_worker_start_time_seconds", "tinyhost_worker_start_time_seconds", "seconds",
        "Start of the worker's latest process, in seconds since 1970.", [], 0);

    private static readonly SharedFamily s_unshared = new(
        InstrumentKind.Counter, "tinyhost_worker_unshared_series_total", "tinyhost_worker_unshared_series_total", "",
        "Counters and histograms that found no room in the memory which outlives the worker.", [], 0);

    /// <summary>Adds them. Their series keep the label <c>worker</c> when others are added up.</summary>
    internal static void AddTo(FamilyMerge merge, SortedDictionary<int, WorkerSlot> slots, List<WorkerSource> sources)
    {
        foreach (var (number, slot) in slots)
        {
            var processes = sources.FindAll(source => source.Number == number);
            KeyValuePair<string, string>[] tags = [new(WorkerLabel.Name, number.ToString(CultureInfo.InvariantCulture))];
            Add(s_up, processes.Exists(process => process.IsAnswering) ? 1 : 0);
            Add(s_restarts, Math.Max(slot.Starts - 1, 0));
            Add(s_startTime, slot.StartedAt);
            Add(s_unshared, slot.Refused + processes.Sum(process => process.Memory.Refused));

            void Add(SharedFamily family, double value) =>
                merge.AddAsIs(new WorkerSeries(family, tags, double.NaN), new SeriesValue { Number = value });
        }
    }
}
