// Owns: measuring what a scrape of a parent costs, by workers and series.

using System.Buffers;
using System.Diagnostics.Metrics;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using TinyHost.Metrics;

namespace TinyHost.Benchmarks;

/// <summary>
/// Workers within this process, each with so many counters, a tenth as many histograms and a tenth as many gauges. A scrape asks them all,
/// adds up, and writes text.
/// </summary>
[MemoryDiagnoser]
public class WorkerScrapes
{
    private readonly WorkerSources _sources = new(new MetricsOptions(), TimeProvider.System, NullLogger.Instance);
    private readonly List<object> _kept = [];
    private readonly ArrayBufferWriter<byte> _output = new(1 << 20);

    [Params(1, 2, 4, 8)]
    public int Workers { get; set; }

    [Params(100, 1_000)]
    public int Series { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        for (var number = 1; number <= Workers; number++)
        {
            Start(number);
        }
    }

    [Benchmark(Baseline = true)]
    public Task<long> Label() => ScrapeAsync(aggregate: false);

    [Benchmark]
    public Task<long> Aggregate() => ScrapeAsync(aggregate: true);

    private async Task<long> ScrapeAsync(bool aggregate)
    {
        var answered = await _sources.AskAsync(ExporterFormat.Text, ScrapeDeadline.None).ConfigureAwait(false);
        var (families, _) = _sources.Merge(answered, [], aggregate);
        _output.ResetWrittenCount();
        using var exposition = new Exposition(TextFormat.Instance, families);
        while (exposition.Write(_output, int.MaxValue))
        {
        }

        return exposition.Written;
    }

    private void Start(int number)
    {
        var memory = (SafeFileHandle)_sources.Create(number);
        var connection = (SafeSocketHandle)_sources.Connections.Create(number);
        _sources.Started(memory, number);
        var link = new WorkerLink(memory, new Socket(connection), NullLogger.Instance);
        var meter = new Meter($"TinyHost.Benchmarks.{Guid.NewGuid():N}");
        var options = new MetricsOptions { ApplicationMeters = false };
        options.Meters.Clear();
        options.Meters.Add(meter.Name);
        var collector = new MetricCollector(options, null, NullLogger.Instance, segment: link.Segment);
        var collection = new SharedCollection(collector, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        link.Use(new AnswerSource(collection, null, options));
        var requests = meter.CreateCounter<long>("requests");
        var duration = meter.CreateHistogram<double>("duration", "s");
        var depth = meter.CreateGauge<long>("depth");
        for (var i = 0; i < Series; i++)
        {
            KeyValuePair<string, object?> route = new("route", $"/items/{i}");
            KeyValuePair<string, object?> method = new("method", "GET");
            requests.Add(i, route, method);
            if (i % 10 == 0)
            {
                duration.Record(0.042, route, method);
                depth.Record(i, route, method);
            }
        }

        _kept.AddRange([meter, collector, link]);
    }
}
