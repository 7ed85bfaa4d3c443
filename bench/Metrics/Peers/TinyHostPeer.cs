// Owns: TinyHost.Metrics as a peer.

using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;

namespace TinyHost.Metrics.Benchmarks;

internal sealed class TinyHostPeer : InstrumentPeer, IBufferWriter<byte>
{
    private readonly byte[] _discarded = new byte[65_536];
    private MetricCollector? _collector;
    private SharedCollection? _collection;
    private HttpServer? _server;

    internal override void StartRecording() => StartCollecting();

    internal override async Task<int> StartServingAsync()
    {
        StartCollecting();
        var options = new ServerOptions();
        options.Prefixes.Add("http://127.0.0.1:0/");
        _server = new HttpServer(options, new Pipeline().UseMetrics(Options("/metrics")).Run(static context =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        }));
        await _server.StartAsync();
        Fill();
        return _server.EndPoints[0].Port;
    }

    /// <summary>Does what a scrape does, from the first callback to the last byte.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal override async ValueTask<long> EncodeAsync()
    {
        var collected = await _collection!.GetAsync(ScrapeDeadline.None);
        using var exposition = new Exposition(TextFormat.Instance, collected.Families);
        while (exposition.Write(this, 32_768))
        {
        }

        var written = exposition.Written;
        return written;
    }

    void IBufferWriter<byte>.Advance(int count)
    {
    }

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => _discarded;

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => _discarded;

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _collector?.Dispose();
        await base.DisposeAsync();
    }

    private static MetricsOptions Options(string? path)
    {
        var options = new MetricsOptions { Path = path, ApplicationMeters = false, CardinalityLimit = 2 * Workload.Histograms };
        options.Meters.Clear();
        options.Meters.Add(Workload.MeterName);
        return options;
    }

    private void StartCollecting()
    {
        var options = Options(null);
        _collector = new MetricCollector(options, null, NullLogger.Instance);
        _collection = new SharedCollection(_collector, TimeSpan.Zero, TimeSpan.FromMinutes(5));
    }
}
