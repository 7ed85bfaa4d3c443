// Owns: what a metrics stage does otherwise in a process with workers, or in one of its workers.

using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>
/// In a parent process the stage exposes the metrics of all workers; in a worker it gives the parent what to expose. In any other process
/// nothing is different.
/// </summary>
internal sealed class MetricsOfWorkers(IServiceProvider? services, string settings, MetricsOptions options, ILogger logger)
{
    // Null except in a parent process.
    private readonly IWorkerGroup? _group = services?.GetService(typeof(IWorkerGroup)) as IWorkerGroup;
    private WorkerSources? _sources;
    private WorkerLink? _link;
    private bool _isLinkTaken;

    /// <summary>The scraper of a stage that starts. Callers hold the stage's lock.</summary>
    internal Scraper Start(AppTraffic traffic)
    {
        if (_group is not null && _sources is null)
        {
            _sources = new WorkerSources(options, TimeProvider.System, logger);
            _group.Share(WorkerLink.MemoryKey(settings), _sources);
            _group.Share(WorkerLink.AskKey(settings), _sources.Connections);
        }

        if (_group is null && !_isLinkTaken)
        {
            _isLinkTaken = true;
            _link = WorkerLink.TryOpen(WorkerDescriptors.OfProcess, settings, logger);
        }

        var scraper = new Scraper(
            new MetricCollector(options, services, logger, segment: _link?.Segment), options, traffic, logger, _sources);
        _link?.Use(scraper.ForParent);
        return scraper;
    }

    /// <summary>The stage stops: what it counted stays in shared memory.</summary>
    internal void Stop() => _link?.Use(null);

    /// <summary>Answers a request for the list of the workers; null for any other request.</summary>
    internal Task? TryAnswer(RequestContext context) => _group?.TryAnswer(context);
}
