// Owns: which values, labels and exemplars a family's type allows in a sample.
// Sources: OpenMetrics 1.0.0, Metric Types and Text Format; the READMEs of Pushgateway and node_exporter, and their parser,
// prometheus/common's expfmt.

namespace TinyHost.Metrics;

/// <summary>Rules by type, for the sample that a grammar read last and its line.</summary>
internal static class SampleRules
{
    /// <summary>Whether OpenMetrics allows a sample with this suffix in a family of this type (null if undeclared).</summary>
    internal static bool Allow(SampleGrammar sample, ReadOnlySpan<byte> line, string? type, ReadOnlySpan<char> suffix) =>
        IsValue(sample.Value, type, suffix)
        && type switch
        {
            "histogram" or "gaugehistogram" => suffix is "_bucket" ? IsBucket(sample, line) : !sample.TryGetLabel(line, "le"u8, out _),
            "summary" => suffix.IsEmpty ? IsQuantile(sample, line) : !sample.TryGetLabel(line, "quantile"u8, out _),
            "stateset" => sample.TryGetLabel(line, line[..SampleGrammar.LengthOfName(line, allowColon: true)], out _),
            _ => true,
        };

    /// <summary>Whether OpenMetrics allows the exemplar of a sample with this suffix: on a counter, or within its bucket.</summary>
    internal static bool AllowExemplar(SampleGrammar sample, ReadOnlySpan<byte> line, ReadOnlySpan<char> suffix) =>
        sample.Exemplar is { } exemplar
        && suffix switch
        {
            "_total" => true,
            "_bucket" => sample.TryGetLabel(line, "le"u8, out var text)
                && SampleGrammar.IsNumber(text, out var threshold)
                && exemplar <= threshold,
            _ => false,
        };

    /// <summary>
    /// Whether Pushgateway and node_exporter accept the sample in a family of this type. Unlike scrapers they reject times, trailing spaces
    /// and label names that Prometheus reserves, and require numbers in <c>le</c> and <c>quantile</c>.
    /// </summary>
    internal static bool AllowInBatch(SampleGrammar sample, ReadOnlySpan<byte> line, string? type) =>
        sample.EndsWithValue
        && !sample.HasReservedLabel
        && type switch
        {
            "histogram" => !sample.TryGetLabel(line, "le"u8, out var threshold) || SampleGrammar.IsNumber(threshold, out _),
            "summary" => !sample.TryGetLabel(line, "quantile"u8, out var quantile) || SampleGrammar.IsNumber(quantile, out _),
            _ => true,
        };

    // ExporterReader knows which types have which suffixes. NaN is outside all ranges.
    private static bool IsValue(double value, string? type, ReadOnlySpan<char> suffix) => suffix switch
    {
        "_total" or "_sum" => value >= 0,
        "_bucket" or "_count" or "_gcount" => value >= 0 && double.IsInteger(value),
        "_gsum" => !double.IsNaN(value),
        "_created" => double.IsFinite(value),
        _ => type switch
        {
            "info" => value == 1,
            "stateset" => value is 0 or 1,
            "summary" => !(value < 0),
            _ => true,
        },
    };

    // Infinity is always written +Inf.
    private static bool IsBucket(SampleGrammar sample, ReadOnlySpan<byte> line) =>
        sample.TryGetLabel(line, "le"u8, out var text)
        && SampleGrammar.IsNumber(text, out var threshold)
        && !double.IsNaN(threshold)
        && (!double.IsPositiveInfinity(threshold) || text.SequenceEqual("+Inf"u8));

    private static bool IsQuantile(SampleGrammar sample, ReadOnlySpan<byte> line) =>
        sample.TryGetLabel(line, "quantile"u8, out var text) && SampleGrammar.IsNumber(text, out var quantile) && quantile is >= 0 and <= 1;
}
