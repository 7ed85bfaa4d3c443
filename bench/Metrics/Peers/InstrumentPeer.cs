// Owns: recording through an instrument of System.Diagnostics.Metrics, whatever the listener.

using System.Diagnostics.Metrics;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace TinyHost.Metrics.Benchmarks;

internal abstract class InstrumentPeer : Peer
{
    private readonly Meter _meter = new(Workload.MeterName);
    private readonly Histogram<double> _histogram;
    private readonly (Tag First, Tag Second, Tag Third)[] _sets =
        [.. Enumerable.Range(0, Workload.MaxRecordedSets).Select(Tags)];

    protected InstrumentPeer() => _histogram = _meter.CreateHistogram(
        "request.duration", "s", Workload.Help, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Workload.Boundaries });

    internal override void Record(int sets, int count)
    {
        var histogram = _histogram;
        var durations = Workload.RecordedValues;
        var tags = _sets.AsSpan(0, sets);
        var set = 0;
        for (var i = 0; i < count; i++)
        {
            ref var chosen = ref tags[set];
            histogram.Record(durations[i & (durations.Length - 1)], chosen.First, chosen.Second, chosen.Third);
            set = set + 1 == tags.Length ? 0 : set + 1;
        }
    }

    public override ValueTask DisposeAsync()
    {
        _meter.Dispose();
        return base.DisposeAsync();
    }

    /// <summary>Records the series to expose.</summary>
    protected void Fill()
    {
        for (var series = 0; series < Workload.Histograms; series++)
        {
            var (first, second, third) = Tags(series);
            for (var n = 0; n < Workload.Measurements; n++)
            {
                _histogram.Record(Workload.Value(series, n), first, second, third);
            }
        }
    }

    private static (Tag First, Tag Second, Tag Third) Tags(int series)
    {
        var values = Workload.TagValues(series);
        return (new(Workload.TagNames[0], values[0]), new(Workload.TagNames[1], values[1]), new(Workload.TagNames[2], values[2]));
    }
}
