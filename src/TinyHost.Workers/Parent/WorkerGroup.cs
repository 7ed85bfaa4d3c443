// Owns: the workers that run, for the stages of the parent and for systemd.

using System.Globalization;

namespace TinyHost.Workers;

/// <summary>Thread-safe.</summary>
/// <param name="count">How many there should be.</param>
/// <param name="targets">The list of their metrics.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkerGroup(int count, TargetList targets, TimeProvider time) : IWorkerGroup, IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly List<(int Number, LaunchedWorker Worker)> _workers = [];
    private ITimer? _pings;
    private volatile bool _isStopping;

    public IReadOnlyList<WorkerProcess> Workers
    {
        get
        {
            lock (_lock)
            {
                // Stable: those of one number in the order of their start.
                return [.. _workers.OrderBy(one => one.Number).Select(one => one.Worker.Describe())];
            }
        }
    }

    internal SharedMemories Memory { get; } = new();

    internal TimeProvider Time => time;

    public void Share(string key, IWorkerMemory memory) => Memory.Add(key, memory);

    public Task? TryAnswer(RequestContext context) => TargetList.TryAnswer(context, Workers);

    public async Task<HealthResult> CheckHealthAsync(CancellationToken cancellationToken)
    {
        if (_isStopping)
        {
            return HealthResult.Unhealthy("stopping");
        }

        var serving = Serving();
        var answers = await Task.WhenAll(serving.Select(one => AskHealthAsync(one.Number, one.Worker, cancellationToken)))
            .ConfigureAwait(false);
        var reasons = answers.OfType<(bool IsReady, string? Reason)>().Select(answer => answer.Reason).OfType<string>().ToList();
        if (serving.Count < count)
        {
            reasons.Insert(0, string.Create(CultureInfo.InvariantCulture, $"{serving.Count} of {count} workers run"));
        }

        var text = string.Join("; ", reasons);
        return !answers.Any(answer => answer.IsReady) ? HealthResult.Unhealthy(text)
            : reasons.Count > 0 ? HealthResult.Degraded(text)
            : HealthResult.Healthy;
    }

    public void Dispose() => _pings?.Dispose();

    /// <summary>Adds a worker, until its end.</summary>
    internal void Add(int number, LaunchedWorker worker, SharedMemory memory)
    {
        lock (_lock)
        {
            _workers.Add((number, worker));
            _pings ??= time.CreateTimer(static group => ((WorkerGroup)group!).Ping(), this, s_interval, s_interval);
        }

        _ = FollowAsync(worker, memory);
    }

    /// <summary>The program stops: it is no longer ready.</summary>
    internal void BeginStop() => _isStopping = true;

    /// <summary>For example <c>3 of 4 workers are ready</c>.</summary>
    internal string DescribeStatus()
    {
        var ready = Serving().Count;
        return ready == count
            ? string.Create(CultureInfo.InvariantCulture, $"{count} workers are ready")
            : string.Create(CultureInfo.InvariantCulture, $"{ready} of {count} workers are ready");
    }

    /// <summary>Which workers do not live, and why; null while all do.</summary>
    internal string? FindFault()
    {
        var faults = Serving()
            .Where(one => one.Worker.Fault is not null)
            .Select(one => $"{one.Worker.Describe()}: {one.Worker.Fault}");
        return string.Join("; ", faults) is { Length: > 0 } all ? all : null;
    }

    private List<(int Number, LaunchedWorker Worker)> Serving()
    {
        lock (_lock)
        {
            return _workers.FindAll(one => one.Worker.IsServing);
        }
    }

    private async Task<(bool IsReady, string? Reason)> AskHealthAsync(
        int number, LaunchedWorker worker, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(s_patience, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        string? answer;
        try
        {
            answer = await worker.AskAsync(WorkerOrder.Health, limit.Token).ConfigureAwait(false) ?? "unhealthy ended";
        }
        catch (OperationCanceledException)
        {
            answer = "unhealthy no answer";
        }

        var space = answer.IndexOf(' ', StringComparison.Ordinal);
        var (state, reason) = space < 0 ? (answer, null) : (answer[..space], answer[(space + 1)..]);
        return (state != "unhealthy", reason is null ? null : string.Create(CultureInfo.InvariantCulture, $"worker {number}: {reason}"));
    }

    private async Task FollowAsync(LaunchedWorker worker, SharedMemory memory)
    {
        await worker.Ready.ConfigureAwait(false);
        targets.Write(Workers);
        await worker.Exited.ConfigureAwait(false);
        lock (_lock)
        {
            _workers.RemoveAll(one => one.Worker == worker);
        }

        memory.Ended();
        targets.Write(Workers);
    }

    private void Ping()
    {
        (int Number, LaunchedWorker Worker)[] all;
        lock (_lock)
        {
            all = [.. _workers];
        }

        Array.ForEach(all, static one => one.Worker.Ping());
        if (targets.IsBehind)
        {
            targets.Write(Workers);
        }
    }
}
