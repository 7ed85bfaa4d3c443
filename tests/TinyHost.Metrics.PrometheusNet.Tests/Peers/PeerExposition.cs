// Owns: reading an exposition as facts that can be compared one by one.

using System.Globalization;
using System.Text.RegularExpressions;

namespace TinyHost.Metrics.PrometheusNet.Tests.Peers;

/// <summary>
/// The facts of an exposition in text 0.0.4 or OpenMetrics by name: <c>type orders</c> is <c>counter</c>, and
/// <c>orders_total{currency="EUR"}</c> is <c>3</c>. Labels are sorted, and numbers have one form. Timestamps are ignored.
/// </summary>
internal static partial class PeerExposition
{
    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    internal static Dictionary<string, string> Read(string text)
    {
        Dictionary<string, string> facts = new(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            if (Comment().Match(line) is { Success: true } comment)
            {
                facts.Add($"{comment.Groups[1].Value.ToLowerInvariant()} {comment.Groups[2].Value}", comment.Groups[3].Value);
            }
            else if (line.Length > 0 && line != "# EOF")
            {
                ReadSample(line, facts);
            }
        }

        return facts;
    }

    private static void ReadSample(string line, Dictionary<string, string> facts)
    {
        var sample = Sample().Match(line);
        if (!sample.Success)
        {
            facts.Add("invalid line", line);
            return;
        }

        var series = sample.Groups[1].Value + Labels(sample.Groups[2].Value);
        facts.Add(series, Number(sample.Groups[3].Value));
        if (sample.Groups[4].Success)
        {
            facts.Add($"exemplar {series}", $"{Labels(sample.Groups[4].Value)} {Number(sample.Groups[5].Value)}");
        }
    }

    // Bounds of buckets are numbers, too: 1 and 1.0 are the same.
    private static string Labels(string labels)
    {
        var pairs = Label().Matches(labels)
            .Select(label => (Name: label.Groups[1].Value, Value: label.Groups[2].Value))
            .Select(label => $"{label.Name}=\"{(label.Name is "le" or "quantile" ? Number(label.Value) : label.Value)}\"");
        var sorted = string.Join(',', pairs.Order(StringComparer.Ordinal));
        return sorted.Length == 0 ? "" : $"{{{sorted}}}";
    }

    private static string Number(string text) => text switch
    {
        "+Inf" or "-Inf" or "NaN" => text,
        _ when double.TryParse(text, CultureInfo.InvariantCulture, out var number) => number.ToString("R", CultureInfo.InvariantCulture),
        _ => text,
    };

    [GeneratedRegex("^# (TYPE|HELP|UNIT) ([^ ]+) ?(.*)$")]
    private static partial Regex Comment();

    [GeneratedRegex("""^([a-z_:][a-z0-9_:]*)(\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})? ([^ ]+)(?: # (\{[^}]*\}) ([^ ]+).*)?$""", Options)]
    private static partial Regex Sample();

    [GeneratedRegex("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Label();
}
