// Owns: what a parent has of one worker process: its shared memory, and its answers.

using System.Globalization;
using System.Runtime.InteropServices;

namespace TinyHost.Metrics;

/// <summary>One worker process, from before its start until it has ended. Callers hold the lock of its group, except to ask it.</summary>
internal sealed class WorkerSource(int number, SafeHandle file, SegmentReader memory) : IDisposable
{
    private WorkerAsker? _asker;
    private SafeHandle? _workerEnd;
    private readonly Dictionary<ExporterFormat, IReadOnlyList<ExporterFamily>> _exported = [];
    private readonly AnsweredSeries _answered = new();
    private bool _hasExported;

    internal int Number => number;

    /// <summary>The label of its series.</summary>
    internal string Name { get; } = number.ToString(CultureInfo.InvariantCulture);

    internal SafeHandle File => file;

    /// <summary>When it has started, in seconds since 1970; NaN before.</summary>
    internal double StartedAt { get; set; } = double.NaN;

    /// <summary>Whether it answered the last question in time.</summary>
    internal bool IsAnswering { get; private set; }

    /// <summary>Whether there is a way to ask it.</summary>
    internal bool IsConnected => _asker is not null;

    /// <summary>Whether it listens to questions: not while it starts, nor if it would understand others.</summary>
    internal bool CanBeAsked => IsConnected && memory is { HasBegun: true, IsOfOtherVersion: false };

    internal SegmentReader Memory => memory;

    /// <summary>Opens the way to ask it. Returns the worker's end.</summary>
    internal SafeHandle Connect(TimeProvider clock, TimeSpan patience)
    {
        var (own, other) = SocketPair.Create();
        _asker = new WorkerAsker(own, clock, patience);
        _workerEnd = other;
        return other;
    }

    /// <summary>Asks it; null if it does not answer in time, or not yet.</summary>
    internal Task<WorkerAnswer?> AskAsync(ExporterFormat format, int maxText, TimeSpan wait) =>
        _asker?.AskAsync(format, maxText, wait) ?? Task.FromResult<WorkerAnswer?>(null);

    /// <summary>Takes an answer, or that there was none.</summary>
    internal void Take(WorkerAnswer? answer)
    {
        memory.ReadNew();
        IsAnswering = answer is not null;
        _hasExported = answer?.Text is not null;
        if (answer is not null)
        {
            _answered.Take(answer.ReadSeries(memory.Series));
        }

        if (answer?.Text is not null)
        {
            _exported[answer.Format] = answer.ReadFamilies();
        }
    }

    /// <summary>Adds its series. Those that only it can tell are left out while it does not answer, except for what it counted.</summary>
    internal void AddTo(FamilyMerge merge)
    {
        memory.ReadNew();
        foreach (var series in memory.Series)
        {
            merge.Add(Name, series, memory.Read(series), isLive: true, isPresent: !memory.IsEnded(series));
        }

        _answered.AddTo(merge, Name, IsAnswering);
    }

    /// <summary>Adds the families of its exporters, as it last wrote them in this format.</summary>
    internal void AddTo(ExportedTotals totals, ExporterFormat format, string? label)
    {
        if (_exported.TryGetValue(format, out var families))
        {
            totals.Add(families, label, countsOnly: !_hasExported);
        }
    }

    /// <summary>Leaves what it counted to the processes after it.</summary>
    internal void Retire(WorkerSlot slot)
    {
        var retired = slot.Retired;
        slot.Refused += memory.Refused;
        foreach (var (format, families) in _exported)
        {
            slot.Exported[format].Add(families, label: null, countsOnly: true);
        }

        memory.ReadNew();
        foreach (var series in memory.Series)
        {
            retired.Add(series, memory.Read(series), !memory.IsEnded(series));
        }

        _answered.AddTo(retired);
    }

    public void Dispose()
    {
        _asker?.Dispose();
        _workerEnd?.Dispose();
        file.Dispose();
        memory.Dispose();
    }
}
