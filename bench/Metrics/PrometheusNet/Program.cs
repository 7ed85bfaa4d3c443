// Owns: prometheus-net as a peer, with its registry served by its own MetricServer or by TinyHost (the argument "tinyhost").

using System.Net;
using System.Net.Sockets;
using Prometheus;
using TinyHost;
using TinyHost.Metrics.Benchmarks;

await using var peer = new PrometheusNetPeer(servedByTinyHost: args[0] == "tinyhost");
await PeerLoop.RunAsync(peer, args[^1]);

internal sealed class PrometheusNetPeer : Peer
{
    private readonly bool _servedByTinyHost;
    private readonly CollectorRegistry _registry = Prometheus.Metrics.NewCustomRegistry();
    private readonly string[][] _sets = [.. Enumerable.Range(0, Workload.MaxRecordedSets).Select(Workload.TagValues)];
    private readonly Histogram _histogram;
    private HttpServer? _server;

    internal PrometheusNetPeer(bool servedByTinyHost)
    {
        _servedByTinyHost = servedByTinyHost;
        _histogram = Prometheus.Metrics.WithCustomRegistry(_registry).CreateHistogram(
            Workload.Family, Workload.Help, Workload.TagNames, new HistogramConfiguration { Buckets = Workload.Boundaries });
    }

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

    internal override async Task<int> StartServingAsync()
    {
        for (var series = 0; series < Workload.Histograms; series++)
        {
            var child = _histogram.WithLabels(Workload.TagValues(series));
            for (var n = 0; n < Workload.Measurements; n++)
            {
                child.Observe(Workload.Value(series, n));
            }
        }

        if (_servedByTinyHost)
        {
            _server = new HttpServer("http://127.0.0.1:0/", new Pipeline().UsePrometheusNet("/metrics", registry: _registry).Run(
                context => context.Response.AnswerAsync(404, "")));
            await _server.StartAsync();
            return _server.EndPoints[0].Port;
        }

        var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        new MetricServer("127.0.0.1", port, registry: _registry).Start();
        return port;
    }

    internal override async ValueTask<long> EncodeAsync()
    {
        using var output = new CountingStream();
        await _registry.CollectAndExportAsTextAsync(output);
        return output.Length;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await base.DisposeAsync();
    }
}
