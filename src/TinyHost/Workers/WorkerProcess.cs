// Owns: what is known about one worker process.

using System.Globalization;

namespace TinyHost;

/// <summary>A worker process as its parent knew it at one moment.</summary>
/// <param name="number">See <see cref="Number"/>.</param>
/// <param name="processId">See <see cref="ProcessId"/>.</param>
public sealed class WorkerProcess(int number, int processId)
{
    /// <summary>The number, from 1. A process that replaces another, or follows after its death, has the same number.</summary>
    public int Number => number;

    /// <summary>The number that the system has given the process.</summary>
    public int ProcessId => processId;

    /// <summary>What it does. Default <see cref="WorkerState.Starting"/>.</summary>
    public WorkerState State { get; init; }

    /// <summary>False while it does not answer its parent, which asks once a second: it hangs, or is suspended. Default true.</summary>
    public bool IsAnswering { get; init; } = true;

    /// <summary>When the process was started.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Where it serves its own metrics, such as <c>http://127.0.0.1:41234/metrics</c>. Empty until it is ready.</summary>
    public IReadOnlyList<Uri> MetricsUrls { get; init; } = [];

    /// <summary>For a message: <c>worker 2 (process 1234)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"worker {number} (process {processId})");
}
