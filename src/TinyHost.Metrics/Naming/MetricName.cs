// Owns: the name of a metric family, from an instrument's name, unit and kind.
// Source: OpenTelemetry "Prometheus and OpenMetrics Compatibility", Metric Metadata and Sums.

namespace TinyHost.Metrics;

internal static class MetricName
{
    private const string Total = "_total";

    /// <summary>
    /// <c>http.server.request.duration</c> in <c>s</c> becomes <c>http_server_request_duration_seconds</c>; a monotonic counter ends in
    /// <c>_total</c>; a gauge in unit <c>1</c> ends in <c>_ratio</c>. A suffix that the name already has is not repeated. Empty if nothing
    /// would be left of the instrument's name: it needs an ASCII letter or digit, besides the <c>_total</c> of a counter. Otherwise two
    /// such names would become one.
    /// </summary>
    internal static string For(string instrument, string? unit, InstrumentKind kind, bool addSuffixes = true) =>
        HasPlainCharacter(WithoutTotal(instrument, kind))
            ? PrometheusText.ToValidName(Unescaped(instrument, unit, kind, addSuffixes), allowColon: true)
            : "";

    /// <summary>The same with the instrument's own characters: <c>http.server.request.duration_seconds</c>.</summary>
    internal static string Unescaped(string instrument, string? unit, InstrumentKind kind, bool addSuffixes = true)
    {
        if (!addSuffixes)
        {
            return instrument;
        }

        var name = WithoutTotal(instrument, kind);
        var suffix = Unit(unit, kind);
        if (suffix.Length > 0 && !EndsIn(name, suffix))
        {
            name = name.EndsWith('_') ? name + suffix : $"{name}_{suffix}";
        }

        return kind.IsMonotonic() && !EndsIn(name, "total") ? name.TrimEnd('_') + Total : name;
    }

    /// <summary>The unit in words, as in the name; empty for none.</summary>
    internal static string Unit(string? unit, InstrumentKind kind) => unit == "1" && kind.IsGauge() ? "ratio" : UnitName.FromUcum(unit);

    /// <summary>
    /// Whether a family of this name (without a counter's <c>_total</c>) may declare this unit. In OpenMetrics, and in protobuf for
    /// Prometheus, the whole exposition is invalid unless the name ends in an underscore and the unit. False for no unit.
    /// </summary>
    internal static bool HasUnit(string family, string unit) => unit.Length > 0 && family.EndsWith("_" + unit, StringComparison.Ordinal);

    /// <summary>The name without the suffix; null if it does not end in the suffix or consists of nothing else.</summary>
    internal static string? WithoutSuffix(string name, string suffix) =>
        name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : null;

    private static bool HasPlainCharacter(string name)
    {
        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                return true;
            }
        }

        return false;
    }

    private static string WithoutTotal(string name, InstrumentKind kind) =>
        kind.IsMonotonic() && name.Length >= Total.Length && EndsIn(name, "total") ? name[..^Total.Length] : name;

    // Invalid characters count as underscores, also between the words of the ending.
    private static bool EndsIn(string name, string ending)
    {
        var plain = PrometheusText.ToValidName(name, allowColon: true);
        return plain.EndsWith(ending, StringComparison.Ordinal) && (plain.Length == ending.Length || plain[^(ending.Length + 1)] == '_');
    }
}
