// Owns: the instruments and measurements that all exporters get.

using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace TinyHost.Metrics.PrometheusNet.Tests.Peers;

/// <summary>One instrument of each kind, and what libraries treat differently: names, units, texts, labels and special values.</summary>
internal sealed class PeerInstruments : IDisposable
{
    internal const string MeterName = "Peers.Shop";

    private readonly Meter _meter = new(MeterName, "1.2.3");

    /// <summary>Records everything, within a recorded span.</summary>
    internal void Record()
    {
        using var span = new Activity("peers");
        span.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        span.Start();

        _meter.CreateCounter<long>("orders", "{order}", "Orders taken.")
            .Add(3, Tag("currency", "EUR"), Tag("gift", true), Tag("note", null));
        _meter.CreateCounter<double>("paid.amount_total", "EUR", "C:\\temp \"quoted\"\nnext line").Add(1.5);
        _meter.CreateCounter<int>("unused", null, "Never recorded.");
        var returns = _meter.CreateCounter<int>("returns");
        returns.Add(5);
        returns.Add(-2);
        _meter.CreateObservableCounter("bytes.sent", () => 1e21, "By");
        _meter.CreateUpDownCounter<int>("queue.length", "{item}").Add(-2, Tag("queue.name", "a\"b\\c\nd"));
        _meter.CreateObservableUpDownCounter("2xx-answers", () => 4);
        _meter.CreateGauge<float>("level").Record(0.1f);
        _meter.CreateGauge<double>("fill", "1").Record(0.25);
        _meter.CreateObservableGauge("temperature", () => double.NaN, "Cel");
        _meter.CreateGauge<int>("clash").Record(1, Tag("a.b", "dot"), Tag("a_b", "underscore"));
        _meter.CreateGauge<int>("throughput", "By/s").Record(7);
        var duration = _meter.CreateHistogram<double>("request.duration", "s", "Time taken.");
        duration.Record(0.2);
        duration.Record(3);
        duration.Record(double.NaN);
        var advice = new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 10] };
        _meter.CreateHistogram("parcel.size", "By", null, null, advice).Record(5, Tag("le", "mine"));
    }

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);
}
