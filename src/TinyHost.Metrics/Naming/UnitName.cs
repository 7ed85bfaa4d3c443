// Owns: Prometheus' words for units, from the UCUM codes of instruments.
// Source: OpenTelemetry "Prometheus and OpenMetrics Compatibility", Metric Metadata; UCUM case-sensitive codes.

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
    /// The unit in words, such as <c>seconds</c> or <c>bytes_per_second</c>; empty for null, <c>1</c> and annotations such as
    /// <c>{request}</c>.
    /// </summary>
    internal static string FromUcum(string? unit)
    {
        if (string.IsNullOrWhiteSpace(unit))
        {
            return "";
        }

        var slash = unit.IndexOf('/', StringComparison.Ordinal);
        var counted = Word(slash < 0 ? unit : unit[..slash], s_plural);
        var per = slash < 0 ? "" : Word(unit[(slash + 1)..], s_singular);
        return (counted, per) switch
        {
            (_, "") => counted,
            ("", _) => "per_" + per,
            _ => counted + "_per_" + per,
        };
    }

    private static string Word(string code, Dictionary<string, string> words)
    {
        code = WithoutAnnotations(code).Trim();
        if (code is "" or "1")
        {
            return "";
        }

        return words.TryGetValue(code, out var word) ? word : PrometheusText.ToValidName(code, allowColon: false).Trim('_');
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
