// Owns: which values, labels and exemplars a family's type allows a sample, as far as its line alone tells.
// Does not own: the grammar of the line (SampleGrammar), nor which suffixes a type has (ExporterReader).
// Sources: OpenMetrics 1.0.0, Metric Types and Text Format; of Pushgateway and node_exporter their READMEs and their reader, prometheus/common's expfmt.

namespace TinyHost.Metrics;

/// <summary>The rules for samples of the types. Each is asked of the sample a grammar read last, and of its line.</summary>
internal static class SampleRules
{
    /// <summary>Whether OpenMetrics allows the sample in a family of a type, null for none, when its name has a suffix behind the family's.</summary>
    internal static bool Allow(SampleGrammar sample, ReadOnlySpan<byte> line, string? type, ReadOnlySpan<char> suffix) =>
        (sample.Exemplar is null || suffix is "_total" or "_bucket")
        && IsValue(sample.Value, type, suffix)
        && type switch
        {
            "histogram" or "gaugehistogram" => suffix is "_bucket" ? IsBucket(sample, line) : !sample.TryGetLabel(line, "le"u8, out _),
            "summary" => suffix.IsEmpty ? IsQuantile(sample, line) : !sample.TryGetLabel(line, "quantile"u8, out _),
            "stateset" => sample.TryGetLabel(line, line[..SampleGrammar.LengthOfName(line, allowColon: true)], out _),
            _ => true,
        };

    /// <summary>
    /// Whether Pushgateway and node_exporter take the sample, in text 0.0.4, in a family of a type. Unlike scrapers they refuse times and names of
    /// labels that Prometheus reserves, and their reader wants a time behind a blank and numbers in <c>le</c> and <c>quantile</c>.
    /// </summary>
    internal static bool AllowHandedOver(SampleGrammar sample, ReadOnlySpan<byte> line, string? type) =>
        sample.EndsWithValue
        && !sample.HasReservedLabel
        && type switch
        {
            "histogram" => !sample.TryGetLabel(line, "le"u8, out var threshold) || SampleGrammar.IsNumber(threshold, out _),
            "summary" => !sample.TryGetLabel(line, "quantile"u8, out var quantile) || SampleGrammar.IsNumber(quantile, out _),
            _ => true,
        };

    // Only the types that have one of these suffixes have samples with it. NaN is in none of the ranges.
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

    // Infinity has one spelling here, and the exemplar lies in the bucket.
    private static bool IsBucket(SampleGrammar sample, ReadOnlySpan<byte> line) =>
        sample.TryGetLabel(line, "le"u8, out var text)
        && SampleGrammar.IsNumber(text, out var threshold)
        && !double.IsNaN(threshold)
        && (!double.IsPositiveInfinity(threshold) || text.SequenceEqual("+Inf"u8))
        && (sample.Exemplar is not { } exemplar || exemplar <= threshold);

    private static bool IsQuantile(SampleGrammar sample, ReadOnlySpan<byte> line) =>
        sample.TryGetLabel(line, "quantile"u8, out var text) && SampleGrammar.IsNumber(text, out var quantile) && quantile is >= 0 and <= 1;
}
