// Owns: the name of a metric family, from an instrument's name, unit and kind.
// Does not own: two instruments that come to the same name (FamilyRegistry).
// Source: OpenTelemetry "Prometheus and OpenMetrics Compatibility", Metric Metadata and Sums.

namespace TinyHost.Metrics;

internal static class MetricName
{
    /// <summary>
    /// <c>http.server.request.duration</c> in <c>s</c> becomes <c>http_server_request_duration_seconds</c>; a monotonic counter ends in
    /// <c>_total</c>; a gauge in unit <c>1</c> ends in <c>_ratio</c>. A suffix that is there already is not repeated.
    /// </summary>
    internal static string For(string instrument, string? unit, InstrumentKind kind)
    {
        string name = NameCharacters.Replace(instrument, allowColon: true);
        if (kind.IsMonotonic() && name.EndsWith(Total, StringComparison.Ordinal) && name.Length > Total.Length)
        {
            name = name[..^Total.Length];
        }

        string suffix = unit == "1" && kind.IsGauge() ? "ratio" : UnitName.FromUcum(unit);
        if (suffix.Length > 0 && !EndsInWord(name, suffix))
        {
            name = name.EndsWith('_') ? name + suffix : $"{name}_{suffix}";
        }

        return kind.IsMonotonic() && !EndsInWord(name, "total") ? name.TrimEnd('_') + Total : name;
    }

    private const string Total = "_total";

    private static bool EndsInWord(string name, string word) =>
        name.EndsWith(word, StringComparison.Ordinal) && (name.Length == word.Length || name[^(word.Length + 1)] == '_');
}
