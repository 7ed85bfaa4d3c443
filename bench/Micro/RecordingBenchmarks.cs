// Owns: measuring the cost of recording while a collector listens.

using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Metrics;

namespace TinyHost.Benchmarks;

/// <summary>A Counter and a Histogram with zero, one and three tags; all series already exist.</summary>
public class RecordingBenchmarks : IDisposable
{
    // Per thread, so that the figures are the cost to one thread; enough to make synchronization negligible.
    private const int Contended = 100_000;

    private static readonly object s_status = 200;

    private readonly Meter _meter = new($"TinyHost.Benchmarks.{Guid.NewGuid():N}");
    private readonly MetricCollector _collector;
    private readonly Counter<long> _counter;
    private readonly Histogram<double> _histogram;
    private readonly Barrier _barrier = new(2);
    private readonly Thread _second;
    private Action? _contended;

    public RecordingBenchmarks()
    {
        var options = new MetricsOptions { ApplicationMeters = false };
        options.Meters.Add(_meter.Name);
        _collector = new MetricCollector(options, null, NullLogger.Instance);
        _counter = _meter.CreateCounter<long>("requests");
        _histogram = _meter.CreateHistogram<double>("duration", "s");
        _second = new Thread(RunSecond) { IsBackground = true };
        _second.Start();
    }

    [Benchmark]
    public void CountWithoutTags() => _counter.Add(1);

    [Benchmark]
    public void CountWithOneTag() => _counter.Add(1, new KeyValuePair<string, object?>("http.request.method", "GET"));

    [Benchmark]
    public void CountWithThreeTags() => _counter.Add(
        1, new("http.request.method", "GET"), new("http.response.status_code", s_status), new("http.route", "/users/{id}"));

    [Benchmark]
    public void RecordWithoutTags() => _histogram.Record(0.042);

    [Benchmark]
    public void RecordWithOneTag() => _histogram.Record(0.042, new KeyValuePair<string, object?>("http.request.method", "GET"));

    [Benchmark]
    public void RecordWithThreeTags() => _histogram.Record(
        0.042, new("http.request.method", "GET"), new("http.response.status_code", s_status), new("http.route", "/users/{id}"));

    [Benchmark(OperationsPerInvoke = Contended)]
    public void CountWithThreeTagsFromTwoThreads() => OnTwoThreads(CountWithThreeTags);

    [Benchmark(OperationsPerInvoke = Contended)]
    public void RecordWithThreeTagsFromTwoThreads() => OnTwoThreads(RecordWithThreeTags);

    [GlobalCleanup]
    public void Dispose()
    {
        _contended = null;
        _barrier.SignalAndWait();
        _second.Join();
        _barrier.Dispose();
        _collector.Dispose();
        _meter.Dispose();
        GC.SuppressFinalize(this);
    }

    private void OnTwoThreads(Action record)
    {
        _contended = record;
        _barrier.SignalAndWait();
        RunContended(record);
        _barrier.SignalAndWait();
    }

    private void RunSecond()
    {
        for (_barrier.SignalAndWait(); _contended is { } record; _barrier.SignalAndWait())
        {
            RunContended(record);
            _barrier.SignalAndWait();
        }
    }

    private static void RunContended(Action record)
    {
        for (var i = 0; i < Contended; i++)
        {
            record();
        }
    }
}
