// Owns: prometheus-net as a peer.

using System.Net;
using System.Net.Sockets;
using Prometheus;
using TinyHost.Metrics.Benchmarks;

await using var peer = new PrometheusNetPeer();
await PeerLoop.RunAsync(peer, args[0]);

internal sealed class PrometheusNetPeer : Peer
{
    private readonly CollectorRegistry _registry = Prometheus.Metrics.NewCustomRegistry();
    private readonly string[][] _sets = [.. Enumerable.Range(0, Workload.MaxRecordedSets).Select(Workload.TagValues)];
    private readonly Histogram _histogram;

    internal PrometheusNetPeer() => _histogram = Prometheus.Metrics.WithCustomRegistry(_registry)
        .CreateHistogram(Workload.Family, Workload.Help, Workload.TagNames, new HistogramConfiguration { Buckets = Workload.Boundaries });

    internal override void StartRecording()
    {
    }

    internal override void Record(int sets, int count)
    {
        var durations = Workload.RecordedValues;
        var values = _sets.AsSpan(0, sets);
        var set = 0;
        for (var i = 0; i < count; i++)
        {
            var chosen = values[set];
            _histogram.WithLabels(chosen[0], chosen[1], chosen[2]).Observe(durations[i & (durations.Length - 1)]);
            set = set + 1 == values.Length ? 0 : set + 1;
        }
    }

    internal override Task<int> StartServingAsync()
    {
        for (var series = 0; series < Workload.Histograms; series++)
        {
            var child = _histogram.WithLabels(Workload.TagValues(series));
            for (var n = 0; n < Workload.Measurements; n++)
            {
                child.Observe(Workload.Value(series, n));
            }
        }

        var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        new MetricServer("127.0.0.1", port, registry: _registry).Start();
        return Task.FromResult(port);
    }

    internal override async ValueTask<long> EncodeAsync()
    {
        using var output = new CountingStream();
        await _registry.CollectAndExportAsTextAsync(output);
        return output.Length;
    }
}
