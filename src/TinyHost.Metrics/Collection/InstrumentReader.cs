// Owns: turning what an instrument declares, the options and its view into a definition.

using System.Diagnostics.Metrics;
using System.Numerics;

namespace TinyHost.Metrics;

/// <param name="options">The options.</param>
/// <param name="forBatch">Whether for batches, whose HELP does not name the meter: node_exporter rejects a family of several jobs unless
/// all have the same HELP.</param>
internal sealed class InstrumentReader(MetricsOptions options, bool forBatch)
{
    /// <summary>The definition of an instrument; null if .NET has no such kind yet.</summary>
    internal InstrumentDefinition? Read(Instrument instrument, MetricView? view)
    {
        if (KindOf(instrument) is not { } declared)
        {
            return null;
        }

        var native = declared == InstrumentKind.Histogram ? NativeOptionsOf(instrument.Name) : null;
        var kind = RuntimeMeter.KindOf(instrument, declared);
        var name = NameOf(instrument, view);
        var addSuffixes = view?.AddSuffixes ?? true;
        var kept = view?.Tags is { } names ? new KeptTags(names) : null;
        return new InstrumentDefinition(
            instrument.Meter.Name,
            instrument.Name,
            kind,
            MetricName.For(name, instrument.Unit, kind, addSuffixes),
            MetricName.Unescaped(name, instrument.Unit, kind, addSuffixes),
            MetricName.Unit(instrument.Unit, kind),
            !string.IsNullOrEmpty(instrument.Description) ? instrument.Description
                : forBatch ? $"Instrument {instrument.Name}."
                : $"Instrument {instrument.Name} of meter {instrument.Meter.Name}.",
            kind == InstrumentKind.Histogram && native is not { ClassicBuckets: false } ? BoundariesOf(instrument, view) : [],
            native,
            LimitOf(instrument, view),
            kind.IsObservable() ? TimeSpan.Zero : view?.SeriesLifetime ?? options.SeriesLifetime,
            kept,
            TagsOf(instrument, kept),
            options.ScopeLabels);
    }

    /// <summary>The name to derive the family's name from.</summary>
    internal static string NameOf(Instrument instrument, MetricView? view) => view?.Name ?? RuntimeMeter.NameOf(instrument);

    private static InstrumentKind? KindOf(Instrument instrument)
    {
        var type = instrument.GetType();
        if (!type.IsGenericType)
        {
            return null;
        }

        var definition = type.GetGenericTypeDefinition();
        return definition == typeof(Counter<>) ? InstrumentKind.Counter
            : definition == typeof(UpDownCounter<>) ? InstrumentKind.UpDownCounter
            : definition == typeof(Gauge<>) ? InstrumentKind.Gauge
            : definition == typeof(Histogram<>) ? InstrumentKind.Histogram
            : definition == typeof(ObservableCounter<>) ? InstrumentKind.ObservableCounter
            : definition == typeof(ObservableUpDownCounter<>) ? InstrumentKind.ObservableUpDownCounter
            : definition == typeof(ObservableGauge<>) ? InstrumentKind.ObservableGauge
            : null;
    }

    // A whole name wins over a pattern, a longer pattern over a shorter one.
    private NativeHistogramOptions? NativeOptionsOf(string instrument)
    {
        (string Pattern, NativeHistogramOptions Options)? best = null;
        foreach (var (pattern, native) in options.NativeHistograms)
        {
            if ((NamePattern.Matches(pattern, instrument) || NamePattern.Matches(pattern, DottedNames.Underscored(instrument)))
                && (best is not { } other
                    || (other.Pattern.EndsWith('*') && (!pattern.EndsWith('*') || pattern.Length > other.Pattern.Length))))
            {
                best = (pattern, native);
            }
        }

        return best?.Options;
    }

    // The collector's own families need a series for each other family.
    private int LimitOf(Instrument instrument, MetricView? view) =>
        instrument.Meter.Name == InstrumentDefinition.OwnMeter ? int.MaxValue
        : DottedNames.Find(options.CardinalityLimits, instrument.Name, out var limit) ? limit
        : view?.CardinalityLimit ?? options.CardinalityLimit;

    private double[] BoundariesOf(Instrument instrument, MetricView? view)
    {
        DottedNames.Find(options.Buckets, instrument.Name, out var configured);
        return HistogramBoundaries.For(configured ?? view?.Boundaries ?? AdvisedBoundaries(instrument), instrument.Unit);
    }

    // A view does not drop the tags that identify the meter.
    private KeyValuePair<string, object?>[] TagsOf(Instrument instrument, KeptTags? kept)
    {
        // Most instruments have no tags, and the code below takes time to compile at startup.
        if (!options.ScopeLabels && instrument.Meter.Tags is null && instrument.Tags is null)
        {
            return [];
        }

        var scope = options.ScopeLabels ? ScopeTags(instrument.Meter) : [];
        KeyValuePair<string, object?>[] others = [.. options.ScopeLabels ? [] : instrument.Meter.Tags ?? [], .. instrument.Tags ?? []];
        KeyValuePair<string, object?>[] tags = [.. scope, .. kept is null ? others : others[..kept.Copy(others, others)]];
        TagValue.CopyFixed(tags, tags);
        return tags;
    }

    // OpenTelemetry "Prometheus and OpenMetrics Compatibility", Instrumentation Scope: tags of the meter with the label of another property
    // are dropped.
    private static IEnumerable<KeyValuePair<string, object?>> ScopeTags(Meter meter)
    {
        yield return new("otel.scope.name", meter.Name);
        yield return new("otel.scope.version", meter.Version);
        yield return new("otel.scope.schema_url", meter.TelemetrySchemaUrl);
        foreach (var (tag, value) in meter.Tags ?? [])
        {
            var name = "otel.scope." + tag;
            if (PrometheusText.ToValidName(name, allowColon: false)
                is not ("otel_scope_name" or "otel_scope_version" or "otel_scope_schema_url"))
            {
                yield return new(name, value);
            }
        }
    }

    private static double[]? AdvisedBoundaries(Instrument instrument) => instrument switch
    {
        Histogram<double> histogram => ToDoubles(histogram),
        Histogram<byte> histogram => ToDoubles(histogram),
        Histogram<short> histogram => ToDoubles(histogram),
        Histogram<int> histogram => ToDoubles(histogram),
        Histogram<long> histogram => ToDoubles(histogram),
        Histogram<float> histogram => ToDoubles(histogram),
        Histogram<decimal> histogram => ToDoubles(histogram),
        _ => null,
    };

    private static double[]? ToDoubles<T>(Histogram<T> histogram)
        where T : struct, INumberBase<T>
    {
        if (histogram.Advice?.HistogramBucketBoundaries is not { } boundaries)
        {
            return null;
        }

        var converted = new double[boundaries.Count];
        for (var i = 0; i < converted.Length; i++)
        {
            converted[i] = boundaries[i] is float bound ? FloatValue.ToDouble(bound) : double.CreateSaturating(boundaries[i]);
        }

        return converted;
    }
}
