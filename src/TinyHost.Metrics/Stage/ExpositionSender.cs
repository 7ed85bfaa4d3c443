// Owns: sending an exposition piece by piece, compressed or not, so that memory stays bounded and other work gets its turn.
// Does not own: writing it (Exposition), nor when the peer is too slow, which the connection's deadlines tell.

using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

internal static class ExpositionSender
{
    /// <summary>Sends all of it. Throws <see cref="TimeoutException"/> when the pace does.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal static async ValueTask SendAsync(Exposition exposition, string contentType, RequestContext context, ScrapePace pace)
    {
        Response response = context.Response;
        response.ContentType = contentType;
        response.Fields["Vary"] = "Accept, Accept-Encoding";
        if (CodingNegotiation.TakesGzip(context.Request.Fields["Accept-Encoding"]))
        {
            await SendCompressedAsync(exposition, context, pace).ConfigureAwait(false);
            return;
        }

        while (exposition.Write(response, ChunkLength))
        {
            await response.FlushAsync(context.Aborted).ConfigureAwait(false);
            await pace.LetOthersAsync().ConfigureAwait(false);
        }
    }

    private static async Task SendCompressedAsync(Exposition exposition, RequestContext context, ScrapePace pace)
    {
        Response response = context.Response;
        response.Fields["Content-Encoding"] = "gzip";
        using var output = new GzipOutput(response.AsStream());
        for (long flushed = 0; exposition.Write(output, ChunkLength);)
        {
            output.Drain();
            if (response.BytesWritten - flushed >= ChunkLength)
            {
                flushed = response.BytesWritten;
                await response.FlushAsync(context.Aborted).ConfigureAwait(false);
            }

            await pace.LetOthersAsync().ConfigureAwait(false);
        }

        output.Complete();
    }

    // An exposition that fits goes out whole, with its length; a longer one in pieces of about this size.
    private const int ChunkLength = 32_768;
}
