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
            exposition = new Exposition(type.Format, collector.Collect());
            Response response = context.Response;
            response.ContentType = type.ContentType;
            response.Fields["Vary"] = "Accept";
            while (exposition.Write(response, ChunkLength))
            {
                await response.FlushAsync(context.Aborted).ConfigureAwait(false);
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

    public void Dispose() => collector.Dispose();

    // An exposition that fits goes out whole, with its length; a longer one in pieces of about this size.
    private const int ChunkLength = 32_768;
}
