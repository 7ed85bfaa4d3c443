// Owns: what an instrument says of itself, turned into what its family is to be.
// Does not own: whether the family's name is free (FamilyRegistry).

using System.Diagnostics.Metrics;
using System.Numerics;

namespace TinyHost.Metrics;

/// <summary>An instrument as the collector sees it.</summary>
/// <param name="Meter">Name of its meter.</param>
/// <param name="Instrument">Its own name.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Family">The Prometheus name its family has.</param>
/// <param name="UnescapedFamily">The same before characters that not every reader takes were replaced.</param>
/// <param name="Unit">The unit in words, as in the family's name; empty for none.</param>
/// <param name="Help">Its description; where it has none, a sentence that names the instrument.</param>
/// <param name="Boundaries">Upper bounds of the buckets of a histogram; empty for other kinds.</param>
/// <param name="Native">How a histogram is a native one; null when it is none.</param>
/// <param name="Limit">How many series it may have.</param>
/// <param name="KeptTags">The only tags to keep of a measurement's own; null for all.</param>
/// <param name="Tags">The tags of the meter and the instrument, which every measurement has besides its own.</param>
/// <param name="HasScope">Whether these tell of the meter, so that no other meter's series are the same.</param>
internal sealed record InstrumentDefinition(
    string Meter, string Instrument, InstrumentKind Kind, string Family, string UnescapedFamily, string Unit, string Help, double[] Boundaries, NativeHistogramOptions? Native, int Limit, KeptTags? KeptTags, KeyValuePair<string, object?>[] Tags, bool HasScope)
{
    /// <summary>The name of a collector's own meter.</summary>
    internal const string OwnMeter = "TinyHost.Metrics";

    /// <summary>The definition of an instrument; null for one of a kind that .NET does not have today.</summary>
    internal static InstrumentDefinition? From(Instrument instrument, CollectionSettings settings, MetricView? view)
    {
        if (KindOf(instrument) is not { } declared)
        {
            return null;
        }

        var native = declared == InstrumentKind.Histogram ? settings.NativeOf(instrument) : null;
        var kind = RuntimeMeter.KindOf(instrument, declared);
        var name = view?.Name ?? RuntimeMeter.NameOf(instrument);
        var kept = view?.Tags is { } names ? new KeptTags(names) : null;
        return new InstrumentDefinition(
            instrument.Meter.Name,
            instrument.Name,
            kind,
            MetricName.For(name, instrument.Unit, kind),
            MetricName.Unescaped(name, instrument.Unit, kind),
            MetricName.Unit(instrument.Unit, kind),
            string.IsNullOrEmpty(instrument.Description) ? $"Instrument {instrument.Name} of meter {instrument.Meter.Name}." : instrument.Description,
            kind == InstrumentKind.Histogram && native is not { ClassicBuckets: false }
                ? HistogramBoundaries.For((IReadOnlyCollection<double>?)settings.BucketsOf(instrument) ?? view?.Boundaries ?? AdvisedBoundaries(instrument), instrument.Unit)
                : [],
            native,
            settings.LimitOf(instrument) ?? view?.CardinalityLimit ?? settings.CardinalityLimit,
            kept,
            TagsOf(instrument, settings.ScopeLabels, kept),
            settings.ScopeLabels);
    }

    /// <summary>
    /// True when measurements of <paramref name="other"/> may go into this one's family: it is the same instrument of another meter object,
    /// or its values can be added to this one's, or told from them, without losing any.
    /// </summary>
    internal bool Accepts(InstrumentDefinition other) => Kind == other.Kind
        && ((Meter == other.Meter && Instrument == other.Instrument)
            || (HasScope && Meter != other.Meter && Kind.IsGauge())
            || (!Kind.IsGauge() && Boundaries.AsSpan().SequenceEqual(other.Boundaries) && Native == other.Native));

    /// <summary>What the family <c>target_info</c> is to be, of these attributes of the resource.</summary>
    internal static InstrumentDefinition Target(KeyValuePair<string, object?>[] attributes) => new(
        OwnMeter, "target", InstrumentKind.Info, "target_info", "target_info", "", "What is known of the target.", [], null, 1, null, attributes, false);

    // What tells of the meter is on every series, whatever a view keeps.
    private static KeyValuePair<string, object?>[] TagsOf(Instrument instrument, bool withScope, KeptTags? kept)
    {
        // Most have none, and putting lists together would be compiled for nothing when a program starts.
        if (!withScope && instrument.Meter.Tags is null && instrument.Tags is null)
        {
            return [];
        }

        var scope = withScope ? ScopeTags(instrument.Meter) : [];
        KeyValuePair<string, object?>[] others = [.. withScope ? [] : instrument.Meter.Tags ?? [], .. instrument.Tags ?? []];
        return [.. scope, .. kept is null ? others : others[..kept.Copy(others, others)]];
    }

    // OpenTelemetry "Prometheus and OpenMetrics Compatibility", Instrumentation Scope. An iterator, so that it takes no LINQ.
    private static IEnumerable<KeyValuePair<string, object?>> ScopeTags(Meter meter)
    {
        yield return new("otel.scope.name", meter.Name);
        yield return new("otel.scope.version", meter.Version);
        yield return new("otel.scope.schema_url", meter.TelemetrySchemaUrl);
        foreach (var (name, value) in meter.Tags ?? [])
        {
            yield return new("otel.scope." + name, value);
        }
    }

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

    private static double[]? AdvisedBoundaries(Instrument instrument) => instrument switch
    {
        Histogram<double> histogram => InDoubles(histogram),
        Histogram<byte> histogram => InDoubles(histogram),
        Histogram<short> histogram => InDoubles(histogram),
        Histogram<int> histogram => InDoubles(histogram),
        Histogram<long> histogram => InDoubles(histogram),
        Histogram<float> histogram => InDoubles(histogram),
        Histogram<decimal> histogram => InDoubles(histogram),
        _ => null,
    };

    private static double[]? InDoubles<T>(Histogram<T> histogram)
        where T : struct, INumberBase<T>
    {
        if (histogram.Advice?.HistogramBucketBoundaries is not { } boundaries)
        {
            return null;
        }

        var converted = new double[boundaries.Count];
        for (var i = 0; i < converted.Length; i++)
        {
            converted[i] = double.CreateSaturating(boundaries[i]);
        }

        return converted;
    }
}
