// Owns: answering one scrape: collect, write, send, piece by piece.
// Does not own: which requests are scrapes (MetricsStage).

using System.Diagnostics;

namespace TinyHost.Metrics;

/// <summary>A collector and what answers with it.</summary>
internal sealed class Scraper(MetricCollector collector, MetricsOptions options) : IDisposable
{
    private readonly ScrapeInstruments _instruments = new(collector.Meter);

    /// <summary>
    /// Answers with the exposition. A failure leaves as an exception: before the first octet the server makes it a 500, later it aborts the
    /// connection, so that a truncated exposition never looks whole.
    /// </summary>
    internal async Task AnswerAsync(RequestContext context)
    {
        long began = Stopwatch.GetTimestamp();
        Exposition? exposition = null;
        Exception? failure = null;
        try
        {
            ExpositionType type = FormatNegotiation.Choose(context.Request.Fields["Accept"], options.UnderscoreNames);
            string query = context.Request.Query;
            MetricFamily[] families = collector.Collect();
            exposition = new Exposition(type.Format, query.Length == 0 ? families : FamilyFilter.Apply(query, families));
            Response response = context.Response;
            response.ContentType = type.ContentType;
            response.Fields["Vary"] = "Accept, Accept-Encoding";
            if (CodingNegotiation.TakesGzip(context.Request.Fields["Accept-Encoding"]))
            {
                await SendCompressedAsync(exposition, context).ConfigureAwait(false);
            }
            else
            {
                await SendAsync(exposition, context).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            _instruments.Record(Stopwatch.GetElapsedTime(began), exposition?.Written ?? 0, failure);
        }
    }

    // Other work of the thread pool gets its turn after each piece.
    private static async Task SendAsync(Exposition exposition, RequestContext context)
    {
        while (exposition.Write(context.Response, ChunkLength))
        {
            await context.Response.FlushAsync(context.Aborted).ConfigureAwait(false);
            await Task.Yield();
        }
    }

    private static async Task SendCompressedAsync(Exposition exposition, RequestContext context)
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

            await Task.Yield();
        }

        output.Complete();
    }

    public void Dispose() => collector.Dispose();

    // An exposition that fits goes out whole, with its length; a longer one in pieces of about this size.
    private const int ChunkLength = 32_768;
}
