// Owns: sending an exposition in pieces, compressed or not, so that memory stays bounded and other work gets its share.

using System.Buffers;

namespace TinyHost.Metrics;

internal sealed class ExpositionSender(Exposition exposition, RequestContext context, ScrapeSlot slot, ScrapePace pace)
{
    // A short exposition is sent whole, with its length; a longer one in pieces of about this size.
    private const int PieceLength = 32_768;

    /// <summary>Sends the exposition. Throws <see cref="ScrapeEndedException"/> at the deadline, and <see cref="IOException"/> if the peer is gone.</summary>
    internal async Task SendAsync(string contentType)
    {
        var response = context.Response;

        // An outer stage may have described other content.
        response.ResetContent();
        response.ContentType = contentType;
        response.Fields["Vary"] = "Accept, Accept-Encoding";
        if (ContentNegotiation.AcceptsGzip(context.Request.Fields["Accept-Encoding"]))
        {
            response.Fields["Content-Encoding"] = "gzip";
            using var gzip = new GzipOutput(response.AsStream());
            await WriteAsync(gzip).ConfigureAwait(false);
        }
        else
        {
            await WriteAsync(null).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(GzipOutput? gzip)
    {
        var response = context.Response;
        long flushed = 0;
        while (exposition.Write(gzip ?? (IBufferWriter<byte>)response, PieceLength))
        {
            gzip?.Compress();
            if (gzip is null || response.BytesWritten - flushed >= PieceLength)
            {
                flushed = response.BytesWritten;
                var flush = response.FlushAsync(context.Aborted);
                slot.WaitFor(flush.IsCompleted ? null : context);
                await flush.ConfigureAwait(false);
                slot.WaitFor(null);
            }

            await pace.YieldAsync().ConfigureAwait(false);
        }

        gzip?.Compress();
        if (exposition.Written == 0)
        {
            // The compressor turns no input into no output, which is not valid gzip.
            response.Fields["Content-Encoding"] = null;
        }
    }
}
