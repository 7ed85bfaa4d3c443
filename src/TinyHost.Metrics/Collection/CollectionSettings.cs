// Owns: what a collector is told of the settings.
// Does not own: which meters are taken (MeterSelection), nor the settings themselves (MetricsOptions).

namespace TinyHost.Metrics;

internal sealed class CollectionSettings(MetricsOptions options)
{
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    internal int CardinalityLimit { get; } = options.CardinalityLimit;

    internal bool Exemplars { get; } = options.Exemplars;

    internal bool CreatedSamples { get; } = options.CreatedSamples;

    internal bool ScopeLabels { get; } = options.ScopeLabels;

    /// <summary>The attributes of <c>target_info</c>; empty for none.</summary>
    internal KeyValuePair<string, object?>[] Resource { get; } =
        [.. options.Resource.Select(attribute => new KeyValuePair<string, object?>(attribute.Key, attribute.Value))];
}
