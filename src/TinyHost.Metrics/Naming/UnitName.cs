// Owns: Prometheus' words for units, from the UCUM codes of instruments.
// Source: OpenTelemetry "Prometheus and OpenMetrics Compatibility", Metric Metadata; UCUM case-sensitive codes.

using System.Text;

namespace TinyHost.Metrics;

internal static class UnitName
{
    private static readonly Dictionary<string, string> s_plural = new()
    {
        ["d"] = "days",
        ["h"] = "hours",
        ["min"] = "minutes",
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["us"] = "microseconds",
        ["ns"] = "nanoseconds",
        ["By"] = "bytes",
        ["KiBy"] = "kibibytes",
        ["MiBy"] = "mebibytes",
        ["GiBy"] = "gibibytes",
        ["TiBy"] = "tebibytes",
        ["kBy"] = "kilobytes",
        ["KBy"] = "kilobytes",
        ["MBy"] = "megabytes",
        ["GBy"] = "gigabytes",
        ["TBy"] = "terabytes",
        ["m"] = "meters",
        ["V"] = "volts",
        ["A"] = "amperes",
        ["J"] = "joules",
        ["W"] = "watts",
        ["g"] = "grams",
        ["Cel"] = "celsius",
        ["Hz"] = "hertz",
        ["%"] = "percent",
    };

    private static readonly Dictionary<string, string> s_singular = new()
    {
        ["s"] = "second",
        ["ms"] = "millisecond",
        ["m"] = "minute",
        ["min"] = "minute",
        ["h"] = "hour",
        ["d"] = "day",
        ["wk"] = "week",
        ["w"] = "week",
        ["mo"] = "month",
        ["a"] = "year",
        ["y"] = "year",
        ["By"] = "byte",
    };

    /// <summary>
    /// The unit in words, such as <c>seconds</c> or <c>bytes_per_second</c>. Empty for null, <c>1</c>, annotations such as
    /// <c>{request}</c>, and units with characters that names cannot have, except for µ, which is written <c>u</c> as in UCUM: dropping
    /// such a character would make another unit.
    /// </summary>
    internal static string FromUcum(string? unit)
    {
        if (string.IsNullOrWhiteSpace(unit))
        {
            return "";
        }

        // The micro sign and the Greek letter.
        unit = unit.Replace('\u00B5', 'u').Replace('\u03BC', 'u');
        var slash = unit.IndexOf('/', StringComparison.Ordinal);
        var counted = Word(slash < 0 ? unit : unit[..slash], s_plural);
        var per = slash < 0 ? "" : Word(unit[(slash + 1)..], s_singular);
        return (counted, per) switch
        {
            (null, _) or (_, null) => "",
            (_, "") => counted,
            ("", _) => "per_" + per,
            _ => counted + "_per_" + per,
        };
    }

    // Null for a code that cannot be part of a name.
    private static string? Word(string code, Dictionary<string, string> words)
    {
        code = WithoutAnnotations(code).Trim();
        if (code is "" or "1")
        {
            return "";
        }

        if (words.TryGetValue(code, out var word))
        {
            return word;
        }

        return Ascii.IsValid(code) && PrometheusText.ToValidName(code, allowColon: false).Trim('_') is { Length: > 0 } valid ? valid : null;
    }

    private static string WithoutAnnotations(string code)
    {
        for (int open; (open = code.IndexOf('{', StringComparison.Ordinal)) >= 0;)
        {
            var close = code.IndexOf('}', open);
            code = close < 0 ? code[..open] : code.Remove(open, close + 1 - open);
        }

        return code;
    }
}
