// Owns: measuring the cost of encoding an exposition, by format.

using System.Buffers;
using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Metrics;

namespace TinyHost.Benchmarks;

/// <summary>A thousand series of one kind, written repeatedly into the same buffer.</summary>
public class ExpositionEncoding : IDisposable
{
    private const int Series = 1_000;

    private readonly Meter _meter = new($"TinyHost.Benchmarks.{Guid.NewGuid():N}");
    private readonly ArrayBufferWriter<byte> _output = new(4 * 1_048_576);
    private MetricCollector? _collector;
    private MetricFamily[] _families = [];

    [Params("counters", "fractions", "histograms")]
    public string Kind { get; set; } = "counters";

    [GlobalSetup]
    public void Prepare()
    {
        var options = new MetricsOptions { ApplicationMeters = false };
        options.Meters.Clear();
        options.Meters.Add(_meter.Name);
        _collector = new MetricCollector(options, null, NullLogger.Instance);
        var record = Kind switch
        {
            "counters" => Recorder(_meter.CreateCounter<long>("requests").Add, 1L),
            "fractions" => Recorder(_meter.CreateCounter<double>("time", "s").Add, 0.123456789),
            _ => Recorder(_meter.CreateHistogram<double>("duration", "s").Record, 0.042),
        };
        for (var i = 0; i < Series; i++)
        {
            record(i, new("route", $"/items/{i}"), new("method", "GET"));
        }

        var collection = new SharedCollection(_collector, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        var families = collection.GetAsync(ScrapeDeadline.None).GetAwaiter().GetResult().Exposed;
        _families = [.. families.Where(family => family.Definition.Meter == _meter.Name)];
    }

    [Benchmark(Baseline = true)]
    public long EncodeText() => Encode(TextFormat.Instance);

    [Benchmark]
    public long EncodeOpenMetrics() => Encode(TextFormat.OpenMetrics(EscapingScheme.Underscores));

    [GlobalCleanup]
    public void Dispose()
    {
        _collector?.Dispose();
        _meter.Dispose();
        GC.SuppressFinalize(this);
    }

    private long Encode(ExpositionFormat format)
    {
        _output.ResetWrittenCount();
        var exposition = new Exposition(format, _families);
        while (exposition.Write(_output, int.MaxValue))
        {
        }

        return exposition.Written;
    }

    // A hundred measurements with values of various lengths.
    private static Action<int, KeyValuePair<string, object?>, KeyValuePair<string, object?>> Recorder<T>(
        Action<T, KeyValuePair<string, object?>, KeyValuePair<string, object?>> record, T unit)
        where T : System.Numerics.INumber<T> => (i, route, method) =>
    {
        for (var n = 0; n < 100; n++)
        {
            record(unit * T.CreateTruncating(1 + (i * n % 97)), route, method);
        }
    };
}
