// Owns: an app with very many series, with separate ports for requests and metrics.

using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.Metrics.Benchmarks;

internal static class ScrapedApp
{
    /// <summary>Series as Prometheus counts them, <see cref="SeriesPerHistogram"/> for each histogram and one for each counter.</summary>
    internal const int Series = 100_000;

    private const int Histograms = 4_000;
    private const int SeriesPerHistogram = 17;

    private static readonly byte[] s_hello = Encoding.ASCII.GetBytes("Hello, world!");

    /// <summary>Prints <c>ready PORT METRICS_PORT</c>, and runs until its input ends.</summary>
    internal static async Task RunAsync()
    {
        using var meter = new Meter(Workload.MeterName);
        var ports = FreePorts(2);
        var metrics = new MetricsOptions { Port = ports[1], CardinalityLimit = Series };
        var options = new ServerOptions();
        options.Prefixes.Add($"http://127.0.0.1:{ports[0]}/");
        options.Prefixes.Add($"http://127.0.0.1:{ports[1]}/");
        await using var server = new HttpServer(options, new Pipeline().UseMetrics(metrics).Run(static context =>
        {
            context.Response.ContentType = "text/plain";
            return context.Response.WriteAsync(s_hello).AsTask();
        }));
        await server.StartAsync();
        Fill(meter);
        Console.WriteLine($"ready {ports[0]} {ports[1]}");
        await Console.In.ReadToEndAsync();
    }

    private static void Fill(Meter meter)
    {
        var duration = meter.CreateHistogram<double>("request.duration", "s", Workload.Help);
        for (var series = 0; series < Histograms; series++)
        {
            var values = Workload.TagValues(series);
            for (var n = 0; n < Workload.Measurements; n++)
            {
                duration.Record(
                    Workload.Value(series, n),
                    new(Workload.TagNames[0], values[0]),
                    new(Workload.TagNames[1], values[1]),
                    new(Workload.TagNames[2], values[2]));
            }
        }

        var events = meter.CreateCounter<long>("events", null, "Events.");
        for (var series = 0; series < Series - (Histograms * SeriesPerHistogram); series++)
        {
            events.Add(series, new("shard", $"{series:D5}"), new("outcome", series % 2 == 0 ? "success" : "failure"));
        }
    }

    private static int[] FreePorts(int count)
    {
        List<TcpListener> probes = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        probes.ForEach(probe => probe.Start());
        int[] ports = [.. probes.Select(probe => ((IPEndPoint)probe.LocalEndpoint).Port)];
        probes.ForEach(probe => probe.Stop());
        return ports;
    }
}
