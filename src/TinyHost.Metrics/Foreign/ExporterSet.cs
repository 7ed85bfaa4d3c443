// Owns: asking all exporters, and logging what went wrong with one of them.

using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>The exporters of a stage or a batch job, in the order of the options.</summary>
internal sealed class ExporterSet(MetricsOptions options, TimeProvider clock, ILogger logger, bool forBatch = false)
{
    // Their names are read once: the code of an exporter runs where its failure costs no more than its families.
    private readonly NamedExporter[] _exporters = [.. options.Exporters.Select(exporter => new NamedExporter(exporter, exporter.Name))];
    private readonly bool _writeOpenMetrics = options.Exporters.All(exporter => exporter.WritesOpenMetrics);
    private readonly SharedExport[] _text = Share(options, ExporterFormat.Text, clock, forBatch);
    private readonly SharedExport[] _openMetrics = Share(options, ExporterFormat.OpenMetrics, clock, forBatch);
    private readonly bool _disableGc = options.DisableGc;
    private readonly bool _recordedOnly = forBatch && !options.BatchIncludesProcess;
    private readonly int _maxSize = options.MaxExporterSize;
    private readonly FirstReports<(NamedExporter, Fault, string Family)> _logged = new();
    private BuiltInNames? _builtIn;

    private enum Fault
    {
        Failed,
        Late,
        TooLarge,
        Invalid,
        Collision,
    }

    /// <summary>Whether no family of the only exporter is left out, and its text 0.0.4 is sent byte for byte.</summary>
    internal bool IsVerbatim { get; } = AreVerbatim(options, forBatch);

    /// <summary>
    /// Whether all exporters can write a format. What they write has valid names, which are the same in every escaping scheme.
    /// </summary>
    internal bool CanWrite(ExpositionFormat format) => format is TextFormat text && (_writeOpenMetrics || !text.IsOpenMetrics);

    /// <summary>Asks all exporters at once, in a format they can write. Throws nothing: failures are in the tasks.</summary>
    internal Task<ExporterText?>[] Start(ExpositionFormat format, ScrapeDeadline deadline) =>
        Array.ConvertAll(((TextFormat)format).IsOpenMetrics ? _openMetrics : _text, export => export.GetAsync(deadline));

    /// <summary>
    /// Waits for the exporters. Drops families whose names are those of built-in <paramref name="families"/>, and families the filter does
    /// not include. Throws <see cref="ScrapeEndedException"/> if the deadline has passed.
    /// </summary>
    internal async Task<ExportResult> EndAsync(
        Task<ExporterText?>[] started, MetricFamily[] families, ExpositionFormat format, FamilyFilter? filter)
    {
        var text = (TextFormat)format;
        var escaping = text.Escaping;
        var builtIn = _builtIn;
        if (builtIn?.AreOf(families, escaping) != true)
        {
            _builtIn = builtIn = new BuiltInNames(families, escaping);
        }

        var result = new ExportResult(builtIn, filter, text.IsOpenMetrics ? ExporterFormat.OpenMetrics : ExporterFormat.Text);
        for (var i = 0; i < started.Length; i++)
        {
            var exporter = _exporters[i];
            try
            {
                if (await started[i].ConfigureAwait(false) is { } written)
                {
                    result.Take(written);
                    Add(result, exporter, written.Families);
                    continue;
                }

                result.Late++;
                if (IsFirst(exporter, Fault.Late))
                {
                    Log.ExporterHangs(logger, exporter.Name);
                }
            }
            catch (ExporterTooLargeException)
            {
                result.TooLarge++;
                if (IsFirst(exporter, Fault.TooLarge))
                {
                    Log.ExporterTooLarge(logger, exporter.Name, _maxSize);
                }
            }
#pragma warning disable CA1031 // A failing exporter costs only its own families: it is logged and counted.
            catch (Exception exception) when (exception is not ScrapeEndedException)
#pragma warning restore CA1031
            {
                result.Failed++;
                if (IsFirst(exporter, Fault.Failed))
                {
                    Log.ExporterFailed(logger, exception, exporter.Name);
                }
            }
        }

        return result;
    }

    private static SharedExport[] Share(MetricsOptions options, ExporterFormat format, TimeProvider clock, bool forBatch) =>
        [.. options.Exporters.Select(
            exporter => new SharedExport(exporter, format, options, clock, forBatch, AreVerbatim(options, forBatch)))];

    private static bool AreVerbatim(MetricsOptions options, bool forBatch) =>
        !forBatch && options is { ExportersAlone: true, Exporters: [{ IsVerbatimAlone: true }], Labels.Count: 0 };

    private void Add(ExportResult result, NamedExporter exporter, IReadOnlyList<ExporterFamily> families)
    {
        foreach (var family in families)
        {
            if ((_disableGc && OriginOf(family) == ExporterFamilyOrigin.GarbageCollector)
                || (_recordedOnly && OriginOf(family) != ExporterFamilyOrigin.Application))
            {
                continue;
            }

            if (IsVerbatim)
            {
                result.Pass(family);
            }
            else if (family.Fault is not null)
            {
                result.Invalid++;
                if (IsFirst(exporter, Fault.Invalid, family.Name))
                {
                    var name = family.Name.Length > 0 ? family.Name : "without a name";
                    Log.ExporterFamilyInvalid(logger, name, exporter.Name, family.Fault);
                }
            }
            else if (result.OwnerOf(family, exporter) is { } owner)
            {
                if (OriginOf(family) != ExporterFamilyOrigin.Application)
                {
                    continue;
                }

                result.Collisions++;
                if (IsFirst(exporter, Fault.Collision, family.Name))
                {
                    Log.ExporterCollision(logger, family.Name, exporter.Name, owner);
                }
            }
            else
            {
                result.Add(family, exporter);
            }
        }

        ExporterFamilyOrigin OriginOf(ExporterFamily family) => exporter.Exporter.OriginOf(family.Name, FamilyComments.Help(family));
    }

    private bool IsFirst(NamedExporter exporter, Fault fault, string family = "") => _logged.IsFirst((exporter, fault, family));
}
