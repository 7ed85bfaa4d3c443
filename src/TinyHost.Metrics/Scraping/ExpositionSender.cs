// Owns: sending an exposition in pieces, compressed or not, so that memory stays bounded and other work gets its share.

using System.Buffers;
using System.IO.Compression;

namespace TinyHost.Metrics;

internal sealed class ExpositionSender(Exposition exposition, RequestContext context, ScrapeSlot slot, ScrapePace pace)
{
    // A short exposition is sent whole, with its length; a longer one in pieces of about this size.
    private const int PieceLength = 32_768;

    // A piece, and the last series in it.
    private const int BufferSize = 2 * PieceLength;

    /// <summary>
    /// Sends the exposition. Throws <see cref="ScrapeEndedException"/> at the deadline, and <see cref="IOException"/> if the peer is gone.
    /// </summary>
    internal async Task SendAsync(string contentType)
    {
        var response = context.Response;

        // An outer stage may have described other content.
        response.ResetContent();
        response.ContentType = contentType;
        response.Fields["Vary"] = "Accept, Accept-Encoding";
        if (ContentNegotiation.AcceptsGzip(context.Request.Fields["Accept-Encoding"]))
        {
            await SendCompressedAsync().ConfigureAwait(false);
            return;
        }

        while (exposition.Write(response, PieceLength))
        {
            await FlushAsync().ConfigureAwait(false);
            await pace.YieldAsync().ConfigureAwait(false);
        }
    }

    private async Task SendCompressedAsync()
    {
        var response = context.Response;
        response.Fields["Content-Encoding"] = "gzip";
        var buffer = new PooledBuffer(ArrayPool<byte>.Shared, BufferSize);
        try
        {
            using var gzip = new GZipStream(response.AsStream(), CompressionLevel.Fastest, leaveOpen: true);
            long flushed = 0;
            while (exposition.Write(buffer, PieceLength))
            {
                gzip.Write(buffer.Written);
                buffer.Clear();
                if (response.BytesWritten - flushed >= PieceLength)
                {
                    flushed = response.BytesWritten;
                    await FlushAsync().ConfigureAwait(false);
                }

                await pace.YieldAsync().ConfigureAwait(false);
            }

            gzip.Write(buffer.Written);
            if (exposition.Written == 0)
            {
                // The compressor turns no input into no output, which is not valid gzip (RFC 1952).
                response.Fields["Content-Encoding"] = null;
            }
        }
        finally
        {
            buffer.Release();
        }
    }

    private async Task FlushAsync()
    {
        var flush = context.Response.FlushAsync(context.Aborted);
        slot.WaitFor(flush.IsCompleted ? null : context);
        await flush.ConfigureAwait(false);
        slot.WaitFor(null);
    }
}
