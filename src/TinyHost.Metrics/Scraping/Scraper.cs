// Owns: answering a scrape: collect, ask the exporters, and send the exposition in the format the scraper prefers.

using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>Answers scrapes with the families of a collector and of exporters.</summary>
internal sealed class Scraper : IDisposable
{
    // How long a page that is saved waits for its series.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly MetricsOptions _options;
    private readonly AppTraffic _traffic;
    private readonly MetricCollector _collector;
    private readonly TimeProvider _clock;
    private readonly SharedCollection _collection;
    private readonly ExporterSet? _exporters;
    private readonly ScrapeInstruments _instruments;
    private readonly ScrapeSlots _slots;
    private readonly Predicate<ExpositionFormat> _isOnOffer;
    private readonly WorkerSources? _workers;

    /// <summary>Takes the collector over: it is disposed with the scraper, or if the constructor throws.</summary>
    /// <param name="collector">The collector.</param>
    /// <param name="options">The options.</param>
    /// <param name="traffic">Whether the app receives requests.</param>
    /// <param name="logger">The log.</param>
    /// <param name="workers">The workers whose metrics are exposed with those of this process, their parent; null for none.</param>
    internal Scraper(MetricCollector collector, MetricsOptions options, AppTraffic traffic, ILogger logger, WorkerSources? workers = null)
    {
        (_options, _traffic, _collector, _clock, _workers) = (options, traffic, collector, collector.Clock, workers);
        _instruments = new ScrapeInstruments(collector.GuardedMeter);
        _isOnOffer = IsOnOffer;
        _slots = new ScrapeSlots(options.MaxScrapesInFlight, _clock);
        Dashboard = options.Dashboard ? new LiveDashboard(collector, options.DashboardMemory, logger, workers) : null;
        _collection = new SharedCollection(collector, options.CacheLifetime, options.CallbackTimeout);
        try
        {
            _exporters = options.Exporters.Count > 0 ? new ExporterSet(options, _clock, logger) : null;
        }
        catch
        {
            // An exporter may fail when asked whether it can write OpenMetrics.
            collector.Dispose();
            throw;
        }
    }

    /// <summary>What a worker's parent gets.</summary>
    internal AnswerSource ForParent => new(_collection, _exporters, _options);

    /// <summary>The dashboard; null if it is off. It reads nothing before it is started.</summary>
    internal LiveDashboard? Dashboard { get; }

    /// <summary>
    /// Answers with the exposition. A failure is thrown: the server answers with 500 before the first byte and aborts the connection later,
    /// so that a truncated exposition never looks complete.
    /// </summary>
    internal async Task AnswerAsync(RequestContext context)
    {
        var startedAt = _clock.GetTimestamp();
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
        catch (IOException) when (context.Request.Method == "HEAD" && context.Response.HasStarted)
        {
            // The server stops a long response to HEAD, which has no content: no failure of the scrape.
            throw;
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            _instruments.End(_clock.GetElapsedTime(startedAt), written, failure);
        }
    }

    /// <summary>Collects the series for a page that is saved. A scrape too; if it fails, the page says why.</summary>
    internal async Task<SavedSeries> SaveAsync(RequestContext context)
    {
        var startedAt = _clock.GetTimestamp();
        long written = 0;
        Exception? failure = null;
        _instruments.Begin();
        try
        {
            using var gathered = await GatherAsync(context, TextFormat.Instance, ScrapeDeadline.After(s_patience, _clock))
                .ConfigureAwait(false);
            using var slot = gathered.Refusal is null ? _slots.TryTake() : null;
            if (slot is null)
            {
                return SavedSeries.Failed(gathered.Refusal ?? CountTooMany());
            }

            using var exposition = gathered.Open(_workers, context);
            var saved = SavedSeries.Read(exposition);
            written = exposition.Written;
            return saved;
        }
#pragma warning disable CA1031 // The page is all the more needed, and names the failure.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
            return SavedSeries.Failed(exception.Message);
        }
        finally
        {
            _instruments.End(_clock.GetElapsedTime(startedAt), written, failure);
        }
    }

    public void Dispose()
    {
        Dashboard?.Dispose();
        _collector.Dispose();
    }

    private async Task<long> CollectAndSendAsync(RequestContext context)
    {
        var deadline = ScrapeDeadline.After(ScrapeDeadline.ReadTimeout(context.Request.Fields[ScrapeDeadline.FieldName]), _clock);
        var type = ContentNegotiation.ChooseFormat(
            context.Request.Fields["Accept"], _options.UnderscoreNames, _isOnOffer);
        using var gathered = await GatherAsync(context, type.Format, deadline).ConfigureAwait(false);
        using var slot = gathered.Refusal is null ? _slots.TryTake() : null;
        if (slot is null)
        {
            await RefuseAsync(context, gathered.Refusal ?? CountTooMany()).ConfigureAwait(false);
            return 0;
        }

        using var exposition = gathered.Open(_workers, context);
        var sender = new ExpositionSender(exposition, context, slot, new ScrapePace(_clock, _traffic, deadline));
        try
        {
            await sender.SendAsync(type.ContentType).ConfigureAwait(false);
            return exposition.Written;
        }
        catch (IOException) when (slot.IsCutOff)
        {
            throw new ScrapeEndedException(ScrapeEndedException.Stalled, "The scraper took no data while other scrapes were waiting.");
        }
    }

    // Scrapes share the collection and the workers' answers; what follows costs each scrape memory of its own.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<GatheredFamilies> GatherAsync(RequestContext context, ExpositionFormat format, ScrapeDeadline deadline)
    {
        var filter = FamilyFilter.Read(context.Request.Query);
        var exports = _workers is not null ? null : _exporters?.Start(format, deadline);
        var asked = _workers?.AskAsync(
            format is TextFormat { IsOpenMetrics: true } ? ExporterFormat.OpenMetrics : ExporterFormat.Text, deadline);
        var collected = _options.ExportersAlone ? CollectionResult.Empty
            : _workers is null || _options.FailOnError ? await _collection.GetAsync(deadline).ConfigureAwait(false)
            : await CollectParentAsync(deadline).ConfigureAwait(false);
        var exported = exports is null
            ? null
            : await _exporters!.EndAsync(exports, collected.Families, format, filter).ConfigureAwait(false);
        var gathered = new GatheredFamilies(format, filter, collected, exported);
        try
        {
            CountErrors(collected, exported);
            var mustBeComplete = _options.FailOnError || _exporters is { IsVerbatim: true };
            if (mustBeComplete && collected.Missing + exported?.Missing is { Length: > 0 } missing)
            {
                gathered.Refusal = missing;
                return gathered;
            }

            gathered.Answered = asked is null ? null : await asked.ConfigureAwait(false);
            deadline.ThrowIfPassed();
            return gathered;
        }
        catch
        {
            gathered.Dispose();
            throw;
        }
    }

    private string CountTooMany()
    {
        _instruments.CountError(ScrapeInstruments.TooManyScrapes, 1);
        return $"{_options.MaxScrapesInFlight} scrapes are being answered already.\n";
    }

    // What workers count matters more than the series of their parent: callbacks that hang here leave those out.
    private async Task<CollectionResult> CollectParentAsync(ScrapeDeadline deadline)
    {
        try
        {
            return await _collection.GetAsync(deadline.Half).ConfigureAwait(false);
        }
        catch (ScrapeEndedException)
        {
            _instruments.CountError(ScrapeInstruments.CallbackTimeout, 1);
            return CollectionResult.Empty;
        }
    }

    private bool IsOnOffer(ExpositionFormat format) =>
        (_options.Formats | MetricsFormats.Text).HasFlag(format.Kind) && _exporters?.CanWrite(format) != false;

    // A response that has started must not look complete.
    private static Task EndAsync(RequestContext context)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        return RefuseAsync(context, $"The scrape took longer than {ScrapeDeadline.FieldName} allows.\n");
    }

    private static Task RefuseAsync(RequestContext context, string reason) => context.Response.AnswerAsync(503, reason);

    private void CountErrors(CollectionResult collected, ExportResult? exported)
    {
        _instruments.CountError(ScrapeInstruments.CallbackFailed, collected.Failed.Count);
        _instruments.CountError(ScrapeInstruments.CallbackTimeout, collected.Hanging.Count);
        if (exported is not null)
        {
            _instruments.CountError(ScrapeInstruments.ExporterFailed, exported.Failed);
            _instruments.CountError(ScrapeInstruments.ExporterTimeout, exported.Late);
            _instruments.CountError(ScrapeInstruments.ExporterTooLarge, exported.TooLarge);
            _instruments.CountError(ScrapeInstruments.ExporterInvalid, exported.Invalid);
            _instruments.CountError(ScrapeInstruments.ExporterCollision, exported.Collisions);
        }
    }
}
