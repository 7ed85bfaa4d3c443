// Owns: the workers of a parent process as one exposition: who is alive, what the ended ones counted, and asking all at once.

using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>The worker processes of one metrics stage, from their start until the parent ends.</summary>
internal sealed class WorkerSources(MetricsOptions options, TimeProvider clock, ILogger logger) : IWorkerMemory
{
    // A worker that is well answers within milliseconds; one whose callbacks or exporters hang leaves them out after CallbackTimeout.
    private readonly TimeSpan _patience = options.CallbackTimeout + TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private readonly List<WorkerSource> _sources = [];
    private readonly SortedDictionary<int, WorkerSlot> _slots = [];

    // Those that have ended since the dashboard read them; null without a dashboard.
    private readonly List<WorkerSource>? _ended = options.Dashboard ? [] : null;
    private readonly TimeProvider _clock = clock;
    private readonly GaugeRules _rules = new(options.GaugeAggregations);
    private readonly int _maxText = (int)Math.Min(options.MaxExporterSize * (long)options.Exporters.Count, int.MaxValue / 2);
    private readonly FirstReports<string> _clashes = new();
    private readonly FirstReports<WorkerSource> _faults = new();

    /// <summary>Connects each worker that has its memory.</summary>
    internal IWorkerMemory Connections => field ??= new ConnectionsOf(this);

    public SafeHandle Create(int worker)
    {
        var file = SharedFile.Create(SharedFormat.SegmentLength);
        var source = new WorkerSource(worker, file, new SegmentReader(new MappedMemory(file, SharedFormat.SegmentLength)));
        lock (_gate)
        {
            _sources.Add(source);
        }

        return file;
    }

    public void Started(SafeHandle memory, int processId)
    {
        lock (_gate)
        {
            if (_sources.Find(source => source.File == memory) is { } source)
            {
                source.StartedAt = Series.TimeOf(_clock);
                var slot = SlotOf(source.Number);
                slot.Starts++;
                slot.StartedAt = source.StartedAt;
            }
        }
    }

    public void Ended(SafeHandle memory)
    {
        lock (_gate)
        {
            if (_sources.Find(source => source.File == memory) is { } source)
            {
                // At once for every scrape: what it counted is either its own or retired.
                source.Retire(SlotOf(source.Number));
                _sources.Remove(source);
                if (_ended is null)
                {
                    source.Dispose();
                    return;
                }

                _ended.Add(source);
            }
        }
    }

    /// <summary>
    /// For the dashboard: all workers, and those that have ended since the last call, whose memory is unmapped after this one. Returns what
    /// is known of the workers by their numbers. The callback must not throw.
    /// </summary>
    internal IReadOnlyList<WorkerState> Visit(Action<WorkerSource, bool> visit)
    {
        lock (_gate)
        {
            foreach (var source in _ended!)
            {
                visit(source, false);
                source.Dispose();
            }

            _ended.Clear();
            _sources.ForEach(source => visit(source, true));
            return
            [
                .. _slots.Select(slot => new WorkerState(
                    slot.Key,
                    Math.Max(slot.Value.Starts - 1, 0),
                    slot.Value.StartedAt,
                    _sources.FindLast(source => source.Number == slot.Key))),
            ];
        }
    }

    /// <summary>
    /// Asks all workers at once. One that does not answer soon is left out, except for what it counted: half of the scraper's time is for
    /// the exposition.
    /// </summary>
    internal async Task<AnsweredWorkers> AskAsync(ExporterFormat format, ScrapeDeadline deadline)
    {
        WorkerSource[] asked;
        lock (_gate)
        {
            asked = [.. _sources.Where(source => source.CanBeAsked)];
        }

        var wait = deadline.Limit(_patience * 2) / 2;
        var answers = await Task.WhenAll(asked.Select(source => source.AskAsync(format, _maxText, wait))).ConfigureAwait(false);
        return new AnsweredWorkers(format, asked, answers);
    }

    /// <summary>What a scrape of the parent gets: families, and lines of exporters' families.</summary>
    internal (MetricFamily[] Families, List<ReadOnlyMemory<byte>> Parts) Merge(
        AnsweredWorkers answered, RequestContext context, MetricFamily[] own, ExpositionFormat format, FamilyFilter? filter)
    {
        var text = format as TextFormat;
        var (families, exported) = Merge(answered, own, context.Request.Query["aggregate"] is "true" or "1");
        if (text is null || options.Exporters.Count == 0)
        {
            return (families, []);
        }

        var builtIn = new BuiltInNames(families, text.Escaping);
        return (families, exported.ToParts(family => family.IsIncludedBy(filter) && !Array.Exists(family.Names, builtIn.Contains)));
    }

    /// <summary>All families: those of the workers, those of the parent itself, and those about workers.</summary>
    /// <param name="answered">The workers' answers.</param>
    /// <param name="own">The parent's families.</param>
    /// <param name="aggregate">Whether series of several workers become one; otherwise they get the label <c>worker</c>.</param>
    internal (MetricFamily[] Families, ExportedTotals Exported) Merge(AnsweredWorkers answered, MetricFamily[] own, bool aggregate)
    {
        var (format, asked, answers) = answered;
        var merge = new FamilyMerge(aggregate, _rules, ReportClash);
        var exported = new ExportedTotals(format, _rules, ReportClash);
        var parent = new RecordWriter();
        var writer = new SnapshotWriter(parent);
        foreach (var family in own)
        {
            writer.Write(family);
        }

        lock (_gate)
        {
            for (var i = 0; i < asked.Length; i++)
            {
                // A worker that has ended meanwhile has left what it counted.
                if (_sources.Contains(asked[i]))
                {
                    asked[i].Take(answers[i]);
                }
            }

            Merge(merge, new WorkerAnswer(parent.Written.ToArray(), [], format).ReadSeries([]));
            Merge(exported, format, aggregate);
        }

        return (merge.ToFamilies(options, _clock), exported);
    }

    // The worker that was started last comes first: it describes the families.
    private void Merge(FamilyMerge merge, List<WorkerSeries> own)
    {
        foreach (var source in Enumerable.Reverse(_sources))
        {
            source.AddTo(merge);
            if (source.Memory.FaultAt > 0 && _faults.IsFirst(source))
            {
                Report(source);
            }
        }

        foreach (var series in own)
        {
            merge.Add(WorkerLabel.Parent, series, series.Value!, isLive: true, isPresent: true);
        }

        foreach (var (number, slot) in _slots)
        {
            slot.Retired.AddTo(merge, number.ToString(CultureInfo.InvariantCulture));
        }

        WorkerFamilies.AddTo(merge, _slots, _sources);
    }

    private void Merge(ExportedTotals exported, ExporterFormat format, bool aggregate)
    {
        foreach (var source in Enumerable.Reverse(_sources))
        {
            source.AddTo(exported, format, LabelOf(source.Number));
        }

        foreach (var (number, slot) in _slots)
        {
            slot.Exported[format].AddTo(exported, LabelOf(number));
        }

        string? LabelOf(int number) =>
            aggregate ? null : string.Create(CultureInfo.InvariantCulture, $"{WorkerLabel.Name}=\"{number}\"");
    }

    private WorkerSlot SlotOf(int number)
    {
        if (!_slots.TryGetValue(number, out var slot))
        {
            _slots.Add(number, slot = new WorkerSlot(_rules, ReportClash));
        }

        return slot;
    }

    private void Report(WorkerSource broken)
    {
        if (broken.Memory.IsOfOtherVersion)
        {
            Log.WorkerVersionDiffers(logger, broken.Name);
        }
        else
        {
            Log.WorkerMemoryInvalid(logger, broken.Name, broken.Memory.FaultAt);
        }
    }

    private void ReportClash(string family)
    {
        if (_clashes.IsFirst(family))
        {
            Log.WorkerFamilyClash(logger, family);
        }
    }

    private sealed class ConnectionsOf(WorkerSources sources) : IWorkerMemory
    {
        public SafeHandle Create(int worker)
        {
            lock (sources._gate)
            {
                return sources._sources.Last(source => source.Number == worker && !source.IsConnected)
                    .Connect(sources._clock, sources._patience);
            }
        }

        public void Started(SafeHandle memory, int processId)
        {
        }

        // The memory's end ends the connection too.
        public void Ended(SafeHandle memory)
        {
        }
    }
}

/// <summary>A worker as the dashboard shows it.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Restarts">How often a process was started for it after the first.</param>
/// <param name="StartedAt">When the latest process was started, in seconds since 1970.</param>
/// <param name="Source">The process; null if none runs.</param>
internal sealed record WorkerState(int Number, int Restarts, double StartedAt, WorkerSource? Source);

/// <summary>What workers answered when all were asked.</summary>
/// <param name="Format">The format of exporters' families.</param>
/// <param name="Asked">The workers.</param>
/// <param name="Answers">Their answers; null for a worker that did not answer in time.</param>
internal sealed record AnsweredWorkers(ExporterFormat Format, WorkerSource[] Asked, WorkerAnswer?[] Answers);
