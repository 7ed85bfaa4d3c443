// Owns: answering one scrape: collect, and send in the format asked for, or say why not.
// Does not own: which requests are scrapes (MetricsStage), writing piece by piece (ExpositionSender).

using System.Diagnostics;

namespace TinyHost.Metrics;

/// <summary>A collector and what answers with it.</summary>
internal sealed class Scraper(MetricCollector collector, MetricsOptions options) : IDisposable
{
    private readonly ScrapeInstruments _instruments = new(collector.Meter);
    private readonly SharedCollection _collection = new(collector, options.CacheLifetime);
    private int _active;

    /// <summary>
    /// Answers with the exposition. A failure leaves as an exception: before the first octet the server makes it a 500, later it aborts the
    /// connection, so that a truncated exposition never looks whole.
    /// </summary>
    internal async Task AnswerAsync(RequestContext context)
    {
        if (Interlocked.Increment(ref _active) > options.MaxScrapesInFlight)
        {
            Interlocked.Decrement(ref _active);
            _instruments.CountError(ScrapeInstruments.TooManyScrapes, 1);
            await RefuseAsync(context, $"{options.MaxScrapesInFlight} scrapes are being answered already.\n").ConfigureAwait(false);
            return;
        }

        long began = Stopwatch.GetTimestamp();
        long written = 0;
        Exception? failure = null;
        _instruments.Begin();
        try
        {
            written = await AnswerAsync(context, began).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _active);
            _instruments.End(Stopwatch.GetElapsedTime(began), written, failure);
        }
    }

    public void Dispose() => collector.Dispose();

    private async Task<long> AnswerAsync(RequestContext context, long began)
    {
        TimeSpan? limit = ScrapeTimeout.Read(context.Request.Fields[ScrapeTimeout.FieldName]);
        long deadline = ScrapeTimeout.Deadline(began, limit);
        Collected collected;
        try
        {
            // Half of the scrape's time for a callback that hangs leaves the other half to go on without it.
            TimeSpan callbackTimeout = limit / 2 is { } half && half < options.CallbackTimeout ? half : options.CallbackTimeout;
            collected = await _collection.GetAsync(callbackTimeout, deadline).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            _instruments.CountError(exception.GetType().FullName!, 1);
            await RefuseAsync(context, $"The collection took longer than {ScrapeTimeout.FieldName} allows.\n").ConfigureAwait(false);
            return 0;
        }

        _instruments.CountError(ScrapeInstruments.CallbackFailed, collected.Failed.Count);
        _instruments.CountError(ScrapeInstruments.CallbackTimeout, collected.Hanging.Count);
        if (options.FailOnError && !collected.IsWhole)
        {
            string names = string.Join(", ", collected.Failed.Concat(collected.Hanging).Select(family => family.Name).Distinct().Order(StringComparer.Ordinal));
            await RefuseAsync(context, $"Callbacks of these families failed or have not returned: {names}.\n").ConfigureAwait(false);
            return 0;
        }

        ExpositionType type = FormatNegotiation.Choose(context.Request.Fields["Accept"], options.UnderscoreNames);
        string query = context.Request.Query;
        MetricFamily[] families = query.Length == 0 ? collected.Families : FamilyFilter.Apply(query, collected.Families);
        var exposition = new Exposition(type.Format, families);
        await ExpositionSender.SendAsync(exposition, type.ContentType, context, deadline).ConfigureAwait(false);
        return exposition.Written;
    }

    private static Task RefuseAsync(RequestContext context, string reason)
    {
        context.Response.StatusCode = 503;
        return context.Response.WriteTextAsync(reason);
    }
}
