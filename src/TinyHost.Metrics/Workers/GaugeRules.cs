// Owns: how each family of gauges is added up over workers: by the options, or by its unit and name.

namespace TinyHost.Metrics;

/// <summary>The rule for each family.</summary>
internal sealed class GaugeRules(IDictionary<string, GaugeAggregation> options)
{
    // Whatever these measure, a sum of it means nothing. Limits count once: the workers have the same.
    private static readonly string[] s_maxEndings =
        ["_time_seconds", "_timestamp_seconds", "_celsius", "_ratio", "_percent", "_info", "_max_fds", "_max_bytes"];

    // The worst counts: a sum, or a maximum, would hide one worker that is unhealthy or has an old certificate.
    private static readonly string[] s_minEndings = ["_health_status", "_successful", "_expiry_seconds"];

    internal GaugeAggregation Of(SharedFamily family) =>
        options.TryGetValue(family.UnescapedName, out var rule) ? rule
        : family.Kind is InstrumentKind.UpDownCounter or InstrumentKind.ObservableUpDownCounter ? OfCount(family.Name)
        : Of(family.Name);

    /// <summary>The rule for a family of gauges with this name.</summary>
    internal GaugeAggregation Of(string name) =>
        options.TryGetValue(name, out var rule) ? rule
        : Array.Exists(s_maxEndings, ending => name.EndsWith(ending, StringComparison.Ordinal)) ? GaugeAggregation.Max
        : Array.Exists(s_minEndings, ending => name.EndsWith(ending, StringComparison.Ordinal)) ? GaugeAggregation.Min
        : GaugeAggregation.Sum;

    // Up-down counters count what is there, so their sum is what is there in all workers.
    private GaugeAggregation OfCount(string name) => options.TryGetValue(name, out var rule) ? rule : GaugeAggregation.Sum;
}
