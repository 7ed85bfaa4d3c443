// Owns: logging what collections find: callbacks that fail or hang, and measurements that have no series of their own, or a wrong one.

using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>Each finding is logged once for each instrument or family, by name.</summary>
internal sealed class CollectionReports(ILogger logger)
{
    private readonly FirstReports<Report> _reported = new();

    private enum Finding
    {
        Failed,
        Hanging,
        Overflow,
        Clash,
        Dropped,
    }

    internal void ReportFailed(ObservableSource source, AggregateException exception)
    {
        if (IsFirst(Finding.Failed, source))
        {
            var instrument = source.Instrument;
            Log.CallbackFailed(
                logger, exception.InnerException ?? exception, instrument.Name, instrument.Meter.Name, source.Table.Family.Name);
        }
    }

    internal void ReportHanging(ObservableSource source)
    {
        if (IsFirst(Finding.Hanging, source))
        {
            Log.CallbackHangs(logger, source.Instrument.Name, source.Instrument.Meter.Name, source.Table.Family.Name);
        }
    }

    internal void ReportLosses(MetricFamily[] families)
    {
        foreach (var family in families)
        {
            while (family.Overflow.TakeUnreported() is { } table)
            {
                ReportOverflow(family, table.Definition);
            }

            if (family.Clash is { IsReported: false } clash)
            {
                clash.IsReported = true;
                ReportClash(family, clash);
            }

            if (family.Dropped.TakeReport() is { } dropped && IsFirst(Finding.Dropped, family))
            {
                Log.Dropped(logger, family.Name, dropped.Negative, dropped.NotFinite);
            }
        }
    }

    private void ReportOverflow(MetricFamily family, InstrumentDefinition definition)
    {
        var (meter, instrument) = (definition.Meter, definition.Instrument);
        if (_reported.IsFirst(new Report(Finding.Overflow, meter, instrument, family.Name)))
        {
            var labels = string.Join(", ", family.Overflow.ExplodedLabels());
            Log.Overflow(logger, instrument, meter, definition.Limit, family.Name, labels);
        }
    }

    private void ReportClash(MetricFamily family, TagClash clash)
    {
        if (IsFirst(Finding.Clash, family))
        {
            Log.TagClash(
                logger,
                NameReports.Readable(clash.Tag),
                NameReports.Readable(clash.Other),
                NameReports.Readable(family.Name),
                NameReports.Readable(clash.Label));
        }
    }

    private bool IsFirst(Finding finding, MetricFamily family) => _reported.IsFirst(new Report(finding, "", "", family.Name));

    private bool IsFirst(Finding finding, ObservableSource source)
    {
        if (source.FailureLogged)
        {
            return false;
        }

        source.FailureLogged = true;
        return _reported.IsFirst(
            new Report(finding, source.Instrument.Meter.Name, source.Instrument.Name, source.Table.Family.Name));
    }

    private readonly record struct Report(Finding Finding, string Meter, string Instrument, string Family);
}
