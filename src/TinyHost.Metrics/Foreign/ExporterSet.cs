// Owns: asking all exporters, and saying what went wrong with one of them.
// Does not own: sharing and giving up one exporter's run (SharedExport), which families are taken (ExportedFamilies), nor counting (Scraper).

using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>The exporters of a stage, or of a batch job whose metrics are handed over, in the order of the options.</summary>
internal sealed class ExporterSet(MetricsOptions options, TimeProvider clock, ILogger logger, bool handedOver = false)
{
    private readonly IMetricsExporter[] _exporters = [.. options.Exporters];
    private readonly bool _writeOpenMetrics = options.Exporters.All(exporter => exporter.WritesOpenMetrics);
    private readonly SharedExport[] _text = Share(options, ExporterFormat.Text, clock, handedOver);
    private readonly SharedExport[] _openMetrics = Share(options, ExporterFormat.OpenMetrics, clock, handedOver);
    private readonly HashSet<(IMetricsExporter, string Cause, string Family)> _logged = [];
    private BuiltInNames? _builtIn;

    internal bool IsEmpty => _exporters.Length == 0;

    /// <summary>Whether all exporters can write a format: text of 0.0.4 is text of 1.0.0 whatever the escaping, and so is OpenMetrics.</summary>
    internal bool CanWrite(ExpositionType type) => type.Format is TextFormat text && (_writeOpenMetrics || !text.IsOpenMetrics);

    /// <summary>Asks all exporters at once, for a format they can write. Throws nothing: what went wrong is in the tasks.</summary>
    internal Task<IReadOnlyList<ExporterFamily>?>[] Start(ExpositionFormat format, ScrapeDeadline deadline) =>
        Array.ConvertAll(((TextFormat)format).IsOpenMetrics ? _openMetrics : _text, export => export.GetAsync(deadline));

    /// <summary>
    /// What the exporters came to, without families whose names these built-in ones have taken, and those a filter does not want. Throws
    /// <see cref="ScrapeEndedException"/> when the deadline passed.
    /// </summary>
    internal async Task<Exported> EndAsync(
        Task<IReadOnlyList<ExporterFamily>?>[] started, MetricFamily[] families, ExpositionFormat format, FamilyFilter? filter)
    {
        var escaping = ((TextFormat)format).Escaping;
        var builtIn = _builtIn;
        if (builtIn?.AreOf(families, escaping) != true)
        {
            _builtIn = builtIn = new BuiltInNames(families, escaping);
        }

        var exported = new Exported(builtIn, filter);
        for (var i = 0; i < started.Length; i++)
        {
            var exporter = _exporters[i];
            try
            {
                if (await started[i].ConfigureAwait(false) is { } written)
                {
                    Take(exported, exporter, written);
                    continue;
                }

                exported.Late++;
                if (IsNews(exporter, ScrapeInstruments.ExporterTimeout))
                {
                    Log.ExporterHangs(logger, exporter.Name);
                }
            }
#pragma warning disable CA1031 // Whatever an exporter throws costs its own part: it is logged and counted.
            catch (Exception exception) when (exception is not ScrapeEndedException)
#pragma warning restore CA1031
            {
                exported.Failed++;
                if (IsNews(exporter, ScrapeInstruments.ExporterFailed))
                {
                    Log.ExporterFailed(logger, exception, exporter.Name);
                }
            }
        }

        return exported;
    }

    private static SharedExport[] Share(MetricsOptions options, ExporterFormat format, TimeProvider clock, bool handedOver) =>
        [.. options.Exporters.Select(exporter => new SharedExport(exporter, format, options.CacheLifetime, options.CallbackTimeout, clock, handedOver))];

    private void Take(Exported exported, IMetricsExporter exporter, IReadOnlyList<ExporterFamily> families)
    {
        foreach (var family in families)
        {
            if (family.Fault is not null)
            {
                exported.Invalid++;
                if (IsNews(exporter, ScrapeInstruments.ExporterInvalid))
                {
                    Log.ExporterFamilyInvalid(logger, family.Name, exporter.Name, family.Fault);
                }
            }
            else if (exported.OwnerOf(family) is { } owner)
            {
                exported.Collisions++;
                if (IsNews(exporter, ScrapeInstruments.ExporterCollision, family.Name))
                {
                    Log.ExporterCollision(logger, family.Name, exporter.Name, owner);
                }
            }
            else
            {
                exported.Add(family, exporter.Name);
            }
        }
    }

    private bool IsNews(IMetricsExporter exporter, string cause, string family = "")
    {
        lock (_logged)
        {
            return _logged.Add((exporter, cause, family));
        }
    }
}
