// Owns: answering one scrape: collect, ask the exporters, and send in the format asked for, or say why not.
// Does not own: which requests are scrapes (MetricsDiversion), writing piece by piece (ExpositionSender).

using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>A collector, the exporters beside it, and what answers with both.</summary>
internal sealed class Scraper : IDisposable
{
    private readonly MetricCollector _collector;
    private readonly MetricsOptions _options;
    private readonly TimeProvider _clock;
    private readonly ScrapeInstruments _instruments;
    private readonly ScrapeSlots _slots;
    private readonly SharedCollection _collection;
    private readonly ExporterSet? _exporters;
    private readonly Predicate<ExpositionType>? _canWrite;
    private ExpositionSender? _idleSender;

    internal Scraper(MetricCollector collector, MetricsOptions options, ILogger logger)
    {
        _collector = collector;
        _options = options;
        _clock = collector.Clock;
        _instruments = new ScrapeInstruments(collector.GuardedMeter);
        _slots = new ScrapeSlots(options.MaxScrapesInFlight, _clock);
        _collection = new SharedCollection(collector, options.CacheLifetime, options.CallbackTimeout);
        if (options.Exporters.Count > 0)
        {
            _exporters = new ExporterSet(options, _clock, logger);
            _canWrite = _exporters.CanWrite;
        }
    }

    /// <summary>What a scrape gives way to.</summary>
    internal AppTraffic Traffic { get; } = new();

    /// <summary>
    /// Answers with the exposition. A failure leaves as an exception: before the first octet the server makes it a 500, later it aborts the
    /// connection, so that a truncated exposition never looks whole. The task, which a handler that waits has to have, is all that is allocated.
    /// </summary>
    internal Task AnswerAsync(RequestContext context) => AnswerMeasuredAsync(context).AsTask();

    public void Dispose()
    {
        _collector.Dispose();
        _idleSender?.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AnswerMeasuredAsync(RequestContext context)
    {
        var began = _clock.GetTimestamp();
        long written = 0;
        Exception? failure = null;
        _instruments.Begin();
        try
        {
            written = await CollectAndSendAsync(context).ConfigureAwait(false);
        }
        catch (ScrapeEndedException exception)
        {
            failure = exception;
            await EndAsync(context).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            _instruments.End(_clock.GetElapsedTime(began), written, failure);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<long> CollectAndSendAsync(RequestContext context)
    {
        var deadline = ScrapeDeadline.In(ScrapeTimeout.Read(context.Request.Fields[ScrapeTimeout.FieldName]), _clock);
        var type = FormatNegotiation.Choose(context.Request.Fields["Accept"], _options.UnderscoreNames, _canWrite);
        var exporting = _exporters?.Start(type.Format, deadline);
        var collected = _options.ExportersAlone ? Collected.Nothing : await _collection.GetAsync(deadline).ConfigureAwait(false);
        var filter = FamilyFilter.Read(context.Request.Query);
        var exported = exporting is null
            ? Exported.Nothing
            : await _exporters!.EndAsync(exporting, collected.Families, type.Format, filter).ConfigureAwait(false);
        CountErrors(collected, exported);
        if (_options.FailOnError && Shortfall.Of(collected, exported) is { } shortfall)
        {
            await RefuseAsync(context, shortfall).ConfigureAwait(false);
            return 0;
        }

        // Those who wait for a collection share it. What each has of its own begins here.
        if (_slots.Take() is not { } slot)
        {
            _instruments.CountError(ScrapeInstruments.TooManyScrapes, 1);
            await RefuseAsync(context, $"{_options.MaxScrapesInFlight} scrapes are being answered already.\n").ConfigureAwait(false);
            return 0;
        }

        var families = filter is null ? collected.Exposed : filter.Apply(collected.Exposed);
        var sender = Interlocked.Exchange(ref _idleSender, null) ?? new ExpositionSender(_clock, Traffic);
        try
        {
            return await sender.SendAsync(type, families, exported.Parts, context, slot, deadline).ConfigureAwait(false);
        }
        catch (IOException) when (slot.IsCutOff)
        {
            throw new ScrapeEndedException(ScrapeInstruments.ScraperStalled, "The scraper took nothing, and others wait.");
        }
        finally
        {
            slot.Release();
            Interlocked.Exchange(ref _idleSender, sender)?.Dispose();
        }
    }

    // Whoever has nothing yet can be told; a response that has begun and is not whole must not look whole.
    private static Task EndAsync(RequestContext context)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        return RefuseAsync(context, $"The scrape took longer than {ScrapeTimeout.FieldName} allows.\n");
    }

    private void CountErrors(Collected collected, Exported exported)
    {
        _instruments.CountError(ScrapeInstruments.CallbackFailed, collected.Failed.Count);
        _instruments.CountError(ScrapeInstruments.CallbackTimeout, collected.Hanging.Count);
        _instruments.CountError(ScrapeInstruments.ExporterFailed, exported.Failed);
        _instruments.CountError(ScrapeInstruments.ExporterTimeout, exported.Late);
        _instruments.CountError(ScrapeInstruments.ExporterInvalid, exported.Invalid);
        _instruments.CountError(ScrapeInstruments.ExporterCollision, exported.Collisions);
    }

    private static Task RefuseAsync(RequestContext context, string reason) => context.Response.AnswerAsync(503, reason);
}
