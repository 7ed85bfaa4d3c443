// Owns: what a collector is told of the settings.
// Does not own: which meters are taken (MeterSelection), nor the settings themselves (MetricsOptions).

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

internal sealed class CollectionSettings(MetricsOptions options)
{
    private readonly Dictionary<string, double[]> _buckets = new(options.Buckets, StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _limits = new(options.CardinalityLimits, StringComparer.OrdinalIgnoreCase);
    private readonly List<NativePattern> _native = InOrder(options.NativeHistograms);

    private readonly Func<Instrument, MetricView?>? _view = options.View;

    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    internal int CardinalityLimit { get; } = options.CardinalityLimit;

    /// <summary>The bounds set for an instrument; null for none.</summary>
    internal double[]? BucketsOf(Instrument instrument) => _buckets.GetValueOrDefault(instrument.Name);

    /// <summary>How an instrument is to be a native histogram, by the pattern that says most of its name; null when it is to be none.</summary>
    internal NativeHistogramOptions? NativeOf(Instrument instrument) =>
        _native.Find(native => NamePattern.Matches(native.Pattern, instrument.Name))?.Options;

    /// <summary>The limit of series set for an instrument; null for none.</summary>
    internal int? LimitOf(Instrument instrument) => _limits.TryGetValue(instrument.Name, out var limit) ? limit : null;

    /// <summary>The view of an instrument; null when it has none. What the user's function throws leaves here.</summary>
    internal MetricView? ViewOf(Instrument instrument) => _view?.Invoke(instrument);

    internal bool Exemplars { get; } = options.Exemplars;

    internal bool CreatedSamples { get; } = options.CreatedSamples;

    internal bool ScopeLabels { get; } = options.ScopeLabels;

    /// <summary>The attributes of <c>target_info</c>; empty for none.</summary>
    internal KeyValuePair<string, object?>[] Resource { get; } = Tags(options.Resource);

    // Whole names first, then patterns, the longest first.
    private static List<NativePattern> InOrder(IDictionary<string, NativeHistogramOptions> native)
    {
        var patterns = new List<NativePattern>();
        foreach (var (pattern, settings) in native)
        {
            patterns.Add(new NativePattern(pattern, settings));
        }

        patterns.Sort(static (x, y) =>
            x.Pattern.EndsWith('*').CompareTo(y.Pattern.EndsWith('*')) is var byKind and not 0 ? byKind : y.Pattern.Length - x.Pattern.Length);
        return patterns;
    }

    private static KeyValuePair<string, object?>[] Tags(IDictionary<string, string> attributes)
    {
        var tags = new KeyValuePair<string, object?>[attributes.Count];
        var i = 0;
        foreach (var (name, value) in attributes)
        {
            tags[i++] = new(name, value);
        }

        return tags;
    }

    private sealed record NativePattern(string Pattern, NativeHistogramOptions Options);
}
