// Owns: workers and their parent within the process of the test.

using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace TinyHost.Metrics.Tests.Support;

/// <summary>A parent, and workers that are collectors with memory of their own.</summary>
internal sealed class TestGroup
{
    private readonly MetricsOptions _options = new();

    internal TestGroup(Action<MetricsOptions>? configure = null)
    {
        configure?.Invoke(_options);
        Sources = new WorkerSources(_options, Clock, Log);
    }

    internal PatientClock Clock { get; } = new();

    internal WorkerSources Sources { get; }

    internal RecordingLogger Log { get; } = new();

    internal TestWorker Start(int number, Action<MetricsOptions>? configure = null) =>
        TestWorker.Start(number, Sources, Sources.Connections, Log, configure, Clock);

    /// <summary>The samples without those about workers.</summary>
    internal async Task<string[]> SamplesAsync(bool aggregate = false) =>
    [
        .. (await TextAsync(aggregate)).Split('\n').Where(
            line => line.Length > 0 && line[0] != '#' && !line.StartsWith("tinyhost_worker_", StringComparison.Ordinal)),
    ];

    internal async Task<string> TextAsync(bool aggregate = false, ExpositionFormat? format = null) =>
        TestCollector.Text(await CollectAsync(aggregate), format);

    internal async Task<MetricFamily[]> CollectAsync(bool aggregate = false, MetricFamily[]? own = null) =>
        Sources.Merge(await Sources.AskAsync(ExporterFormat.Text, ScrapeDeadline.None), own ?? [], aggregate).Families;

    /// <summary>The lines of exporters' families.</summary>
    internal async Task<string> ExportedAsync(bool aggregate = false, ExporterFormat format = ExporterFormat.Text)
    {
        var (_, exported) = Sources.Merge(await Sources.AskAsync(format, ScrapeDeadline.None), [], aggregate);
        return string.Concat(exported.ToParts(_ => true).Select(part => System.Text.Encoding.UTF8.GetString(part.Span)));
    }
}

internal sealed class TestWorker : IDisposable
{
    private readonly IWorkerMemory _parent;
    private readonly MetricCollector _collector;
    private readonly Socket _socket;
    private readonly WorkerLink _link;
    private readonly AnswerSource _source;

    private TestWorker(
        int number, IWorkerMemory memory, IWorkerMemory connections, RecordingLogger log, Action<MetricsOptions>? configure,
        TimeProvider clock)
    {
        _parent = memory;
        Memory = (SafeFileHandle)memory.Create(number);
        var connection = connections.Create(number);
        memory.Started(Memory, 1_000 + number);
        connections.Started(connection, 1_000 + number);
        Meter = new Meter(TestCollector.NewMeterName());
        var options = new MetricsOptions { ApplicationMeters = false };
        options.Meters.Clear();
        options.Meters.Add(Meter.Name);
        configure?.Invoke(options);
        _socket = new Socket((SafeSocketHandle)connection);
        _link = new WorkerLink(Memory, _socket, log);
        _collector = new MetricCollector(
            options, null, log, clock, new LinuxProcess("/proc", (_, _) => { }), forBatch: true, segment: _link.Segment);
        _source = new AnswerSource(
            new SharedCollection(_collector, TimeSpan.Zero, TimeSpan.FromMinutes(1)),
            options.Exporters.Count > 0 ? new ExporterSet(options, clock, log) : null,
            options);
        IsAnswering = true;
    }

    internal SafeFileHandle Memory { get; }

    internal Meter Meter { get; }

    internal MetricCollector Collector => _collector;

    /// <summary>Starts a worker of a parent that shares memory and connections.</summary>
    internal static TestWorker Start(
        int number, IWorkerMemory memory, IWorkerMemory connections, RecordingLogger log, Action<MetricsOptions>? configure = null,
        TimeProvider? clock = null) =>
        new(number, memory, connections, log, configure, clock ?? TimeProvider.System);

    /// <summary>Whether the worker tells its parent anything.</summary>
    internal bool IsAnswering
    {
        set => _link.Use(value ? _source : null);
    }

    /// <summary>The process is gone, without a word.</summary>
    internal void Kill() => Dispose();

    public void Dispose()
    {
        _parent.Ended(Memory);
        _collector.Dispose();
        Meter.Dispose();
        _socket.Dispose();
    }
}
