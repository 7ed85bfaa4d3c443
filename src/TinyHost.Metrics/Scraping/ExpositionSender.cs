// Owns: sending an exposition piece by piece, compressed or not, so that memory stays bounded and other work gets its turn.
// Does not own: writing it (Exposition), nor when the peer is too slow, which the connection's deadlines tell.

using System.Buffers;
using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>Sends one exposition after the other, with what it needs for the first.</summary>
internal sealed class ExpositionSender(TimeProvider clock, AppTraffic traffic) : IDisposable
{
    private readonly ScrapePace _pace = new(clock, traffic);
    private readonly Exposition _exposition = new();
    private readonly GzipOutput _gzip = new();

    /// <summary>
    /// Sends these families, and behind them <paramref name="others"/>. Returns how many octets that were, before compression. Throws
    /// <see cref="ScrapeEndedException"/> at the deadline, and when the scraper is cut off.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<long> SendAsync(
        ExpositionType type, MetricFamily[] families, IReadOnlyList<ReadOnlyMemory<byte>> others, RequestContext context, ScrapeSlot slot, ScrapeDeadline deadline)
    {
        _pace.Begin(deadline);
        var response = context.Response;
        // What an outer stage has said of some other content is not true of this one.
        response.ResetContent();
        response.ContentType = type.ContentType;
        response.Fields["Vary"] = "Accept, Accept-Encoding";
        _exposition.Begin(type.Format, families, others);
        try
        {
            if (CodingNegotiation.TakesGzip(context.Request.Fields["Accept-Encoding"]))
            {
                response.Fields["Content-Encoding"] = "gzip";
                using var gzip = _gzip;
                gzip.Begin(response.AsStream());
                await SendAsync(context, gzip, slot).ConfigureAwait(false);
            }
            else
            {
                await SendAsync(context, null, slot).ConfigureAwait(false);
            }

            return _exposition.Written;
        }
        finally
        {
            _exposition.End();
        }
    }

    public void Dispose()
    {
        _pace.Dispose();
        _gzip.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(RequestContext context, GzipOutput? gzip, ScrapeSlot slot)
    {
        var response = context.Response;
        long flushed = 0;
        while (_exposition.Write(gzip ?? (IBufferWriter<byte>)response, ChunkLength))
        {
            gzip?.Drain();
            if (gzip is null || response.BytesWritten - flushed >= ChunkLength)
            {
                flushed = response.BytesWritten;
                var flush = response.FlushAsync(context.Aborted);
                slot.WaitFor(flush.IsCompleted ? null : context);
                await flush.ConfigureAwait(false);
                slot.WaitFor(null);
            }

            await _pace.LetOthersAsync().ConfigureAwait(false);
        }

        gzip?.Drain();
        if (_exposition.Written == 0)
        {
            // Of nothing the compressor makes nothing, which is not what an empty content is compressed to.
            response.Fields["Content-Encoding"] = null;
        }
    }

    // An exposition that fits goes out whole, with its length; a longer one in pieces of about this size.
    private const int ChunkLength = 32_768;
}
