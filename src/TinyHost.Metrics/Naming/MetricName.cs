// Owns: the name of a metric family, from an instrument's name, unit and kind.
// Does not own: two instruments that come to the same name (FamilyRegistry), nor escaping (EscapedName).
// Source: OpenTelemetry "Prometheus and OpenMetrics Compatibility", Metric Metadata and Sums.

namespace TinyHost.Metrics;

internal static class MetricName
{
    /// <summary>
    /// <c>http.server.request.duration</c> in <c>s</c> becomes <c>http_server_request_duration_seconds</c>; a monotonic counter ends in
    /// <c>_total</c>; a gauge in unit <c>1</c> ends in <c>_ratio</c>. A suffix that is there already is not repeated.
    /// </summary>
    internal static string For(string instrument, string? unit, InstrumentKind kind) =>
        NameCharacters.Replace(Unescaped(instrument, unit, kind), allowColon: true);

    /// <summary>The same with the characters of the instrument's name as they are: <c>http.server.request.duration_seconds</c>.</summary>
    internal static string Unescaped(string instrument, string? unit, InstrumentKind kind)
    {
        var name = instrument;
        if (kind.IsMonotonic() && name.Length > Total.Length && EndsIn(name, "total"))
        {
            name = name[..^Total.Length];
        }

        var suffix = Unit(unit, kind);
        if (suffix.Length > 0 && !EndsIn(name, suffix))
        {
            name = name.EndsWith('_') ? name + suffix : $"{name}_{suffix}";
        }

        return kind.IsMonotonic() && !EndsIn(name, "total") ? name.TrimEnd('_') + Total : name;
    }

    /// <summary>The unit in the name, in words; empty for none.</summary>
    internal static string Unit(string? unit, InstrumentKind kind) => unit == "1" && kind.IsGauge() ? "ratio" : UnitName.FromUcum(unit);

    /// <summary>
    /// Whether a family of this name, without the <c>_total</c> of a counter, may say that it has this unit: to OpenMetrics, and to Prometheus for
    /// protobuf, the whole exposition is invalid when the name does not end in the unit behind an underscore. False for no unit.
    /// </summary>
    internal static bool HasUnit(string family, string unit) => unit.Length > 0 && family.EndsWith("_" + unit, StringComparison.Ordinal);

    /// <summary>The name before the suffix; null when it does not end in it or has nothing before it.</summary>
    internal static string? WithoutSuffix(string name, string suffix) =>
        name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : null;

    private const string Total = "_total";

    // Whatever is no letter, digit or colon may stand for an underscore, between the words of the ending, too.
    private static bool EndsIn(string name, string ending)
    {
        var plain = NameCharacters.Replace(name, allowColon: true);
        return plain.EndsWith(ending, StringComparison.Ordinal) && (plain.Length == ending.Length || plain[^(ending.Length + 1)] == '_');
    }
}
