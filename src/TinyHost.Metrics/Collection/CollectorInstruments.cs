// Owns: the metrics about families: their series, and measurements that have no series of their own or none at all.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

internal sealed class CollectorInstruments
{
    // Families with their own series in tinyhost_metrics_series are at most a hundredth of all series.
    private const int MinSeriesListed = 100;

    private readonly Meter _meter;
    private readonly GuardedMeter _guarded;
    private readonly Func<MetricFamily[]> _families;
    private bool _showsLabels;
    private bool _showsDropped;

    internal CollectorInstruments(Meter meter, GuardedMeter guarded, Func<MetricFamily[]> families)
    {
        (_meter, _guarded, _families) = (meter, guarded, families);
        guarded.Create("tinyhost.metrics.overflowed", () => meter.CreateObservableCounter(
            "tinyhost.metrics.overflowed",
            MeasureOverflowed,
            "{measurement}",
            "Measurements counted in a family's overflow series because an instrument reached its limit on series."));
        guarded.Create("tinyhost.metrics.series", () => meter.CreateObservableUpDownCounter(
            "tinyhost.metrics.series",
            MeasureSeries,
            "{series}",
            "Series of each family that has at least 100, and of all other families together."));
    }

    /// <summary>Creates the instruments that have nothing to show in most processes, when there is something.</summary>
    internal void CreateMissing()
    {
        foreach (var family in _families())
        {
            if (family.Overflow.HasHappened && !_showsLabels)
            {
                _showsLabels = true;
                _guarded.Create("tinyhost.metrics.label.values", () => _meter.CreateObservableGauge(
                    "tinyhost.metrics.label.values",
                    MeasureLabels,
                    "{value}",
                    "Distinct values of each label of a family while an instrument is at its limit on series."));
            }

            if (family.Dropped.Any && !_showsDropped)
            {
                _showsDropped = true;
                _guarded.Create("tinyhost.metrics.dropped", () => _meter.CreateObservableCounter(
                    "tinyhost.metrics.dropped",
                    MeasureDropped,
                    "{measurement}",
                    "Measurements dropped because they would spoil a sum, by reason."));
            }
        }
    }

    private static Measurement<long> Of(MetricFamily family, long value) => new(value, FamilyTag(family));

    private static Measurement<long> Of(MetricFamily family, long value, string tag, string tagValue) =>
        new(value, FamilyTag(family), new KeyValuePair<string, object?>(tag, tagValue));

    private static KeyValuePair<string, object?> FamilyTag(MetricFamily family) => new("family", family.Name);

    private IEnumerable<Measurement<long>> MeasureOverflowed()
    {
        foreach (var family in _families())
        {
            if (family.Overflow.Count is > 0 and var overflowed)
            {
                yield return Of(family, overflowed);
            }
        }
    }

    // A series for every family would be a third of the exposition if most families have one or two series.
    private IEnumerable<Measurement<long>> MeasureSeries()
    {
        long others = 0;
        foreach (var family in _families())
        {
            if (family.SeriesCount < MinSeriesListed)
            {
                others += family.SeriesCount;
            }
            else
            {
                yield return Of(family, family.SeriesCount);
            }
        }

        yield return new(others);
    }

    private IEnumerable<Measurement<long>> MeasureLabels()
    {
        foreach (var family in _families())
        {
            foreach (var (label, count) in family.Overflow.ExplodedLabels())
            {
                yield return Of(family, count, "label", label);
            }
        }
    }

    private IEnumerable<Measurement<long>> MeasureDropped()
    {
        foreach (var family in _families())
        {
            if (family.Dropped.Negative is > 0 and var negative)
            {
                yield return Of(family, negative, "reason", "negative");
            }

            if (family.Dropped.NotFinite is > 0 and var notFinite)
            {
                yield return Of(family, notFinite, "reason", "not_finite");
            }
        }
    }
}
