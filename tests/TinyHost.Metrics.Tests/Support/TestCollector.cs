// Owns: a collector of one test meter, and its expositions.

using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;

namespace TinyHost.Metrics.Tests.Support;

internal sealed class TestCollector : IDisposable
{
    private readonly MetricCollector _collector;

    internal TestCollector(int limit = 2_000, Action<MetricsOptions>? configure = null, IServiceProvider? services = null,
        IProcessProbe? process = null, TimeProvider? clock = null)
    {
        MeterName = NewMeterName();
        var options = new MetricsOptions { ApplicationMeters = false, CardinalityLimit = limit };
        options.Meters.Clear();
        options.Meters.Add(MeterName);
        configure?.Invoke(options);
        Meter = new Meter(MeterName);
        _collector = new MetricCollector(options, services, Log, clock, process ?? new LinuxProcess("/proc", (_, _) => { }));
    }

    internal MetricCollector Collector => _collector;

    internal string MeterName { get; }

    /// <summary>A unique meter name that is excluded by default, like all names of the framework.</summary>
    internal static string NewMeterName() => $"System.Test.{Guid.NewGuid():N}";

    internal Meter Meter { get; }

    /// <summary>The meter of the test.</summary>
    internal Meter OwnMeter => _collector.Meter;

    internal RecordingLogger Log { get; } = new();

    /// <summary>The families of the test, without the collector's own.</summary>
    internal MetricFamily[] Collect() => [.. CollectAll().Where(family => family.Definition.Meter != MetricCollector.MeterName)];

    /// <summary>A collection shared by scrapes.</summary>
    internal SharedCollection Share(TimeSpan lifetime = default, TimeSpan? patience = null) =>
        new(_collector, lifetime, patience ?? TimeSpan.FromMinutes(5));

    /// <summary>A new collection that has not started.</summary>
    internal CollectionRun NewRun() => _collector.NewRun();

    /// <summary>The collector's own families.</summary>
    internal MetricFamily[] CollectOwn() => [.. CollectAll().Where(family => family.Definition.Meter == MetricCollector.MeterName)];

    /// <summary>The family <c>target_info</c>, if there is one.</summary>
    internal MetricFamily[] CollectTarget() => [.. CollectAll().Where(family => family.Name == "target_info")];

    /// <summary>The exposition in text 0.0.4, without comments, as lines.</summary>
    internal string[] Samples() => [.. Text().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#'))];

    /// <summary>The exposition in text 0.0.4.</summary>
    internal string Text() => Text(Collect());

    internal static string Text(MetricFamily[] families, ExpositionFormat? format = null) =>
        new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Bytes(families, format ?? TextFormat.Instance));

    /// <summary>The exposition in protobuf, parsed.</summary>
    internal static List<ProtobufMessage> Protobuf(MetricFamily[] families, EscapingScheme escaping = EscapingScheme.Underscores) =>
        ProtobufMessage.ReadFamilies(Bytes(families, ProtobufFormat.In(escaping)));

    /// <summary>The exposition in a format, written in pieces of the given length.</summary>
    internal static byte[] Bytes(MetricFamily[] families, ExpositionFormat format, int length = int.MaxValue)
    {
        var output = new ArrayBufferWriter<byte>();
        using var exposition = new Exposition(format, families);
        while (exposition.Write(output, length))
        {
        }

        Assert.Equal(output.WrittenCount, exposition.Written);
        return output.WrittenSpan.ToArray();
    }

    public void Dispose()
    {
        _collector.Dispose();
        Meter.Dispose();
    }

    // Runs on the calling thread, unless there are many series.
    private MetricFamily[] CollectAll()
    {
        var run = _collector.NewRun();
        ((IThreadPoolWorkItem)run).Execute();
        return run.Completion.GetAwaiter().GetResult()!.Exposed;
    }
}
