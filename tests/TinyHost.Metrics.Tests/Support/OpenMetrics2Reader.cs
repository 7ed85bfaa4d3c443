// Owns: reading OpenMetrics 2 by its grammar, and turning it into samples of text 0.0.4.

using System.Globalization;
using System.Text.RegularExpressions;

namespace TinyHost.Metrics.Tests.Support;

/// <summary>A strict reader, written after the ABNF of OpenMetrics 2.0.0-rc0 and the rules that Prometheus' parser adds.</summary>
internal static partial class OpenMetrics2Reader
{
    private const string Real = @"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?";
    private const string Number = $"(?:{Real}|[-+]?(?i:inf|infinity)|(?i:nan))";
    private const string Quoted = "\"(?:[^\"\\\\\\n]|\\\\.)*\"";
    private const string Name = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private const string Label = $"(?:[a-zA-Z_][a-zA-Z0-9_]*|{Quoted})={Quoted}";
    private const string Labels = $"\\{{(?:{Label}(?:,{Label})*)?\\}}";
    private const string Exemplar = $" # {Labels} {Number} {Real}";
    private const string Spans = @"\[-?\d+:\d+(?:,\d+:\d+)*\]";
    private const string Counts = @"\[\d+(?:,\d+)*\]";
    private const string Bound = $"(?:-Inf|{Real})";

    private const string Composite =
        $@"\{{count:(?<count>\d+),sum:(?<sum>{Number})"
        + $@"(?<native>,schema:(?<schema>-?\d+),zero_threshold:(?<threshold>{Real}),zero_count:(?<zero>\d+)"
        + $"(?:,negative_spans:(?<nspans>{Spans}),negative_buckets:(?<ncounts>{Counts}))?"
        + $"(?:,positive_spans:(?<pspans>{Spans}),positive_buckets:(?<pcounts>{Counts}))?)?"
        + $@"(?:,bucket:\[(?<buckets>(?:{Bound}:\d+,)*\+Inf:\d+)\])?\}}";

    internal sealed record Sample(
        string Family, string Type, string Labels, string Value, string? Start, IReadOnlyList<string> Exemplars, Match? Composite);

    /// <summary>The samples; throws <see cref="FormatException"/> with the line that is invalid.</summary>
    internal static List<Sample> Read(string text)
    {
        Assert.EndsWith("# EOF\n", text, StringComparison.Ordinal);
        var samples = new List<Sample>();
        var families = new HashSet<string>();
        var series = new HashSet<string>();
        var (family, type, rank) = ("", "", 0);
        foreach (var line in text[..^"# EOF\n".Length].Split('\n')[..^1])
        {
            if (Metadata().Match(line) is { Success: true } metadata)
            {
                var name = metadata.Groups["name"].Value;
                var next = metadata.Groups["keyword"].Value switch { "TYPE" => 1, "UNIT" => 2, _ => 3 };
                if (name != family)
                {
                    Require(families.Add(name), line);
                    (family, type, rank) = (name, "unknown", 0);
                }

                // TYPE, UNIT and HELP, once each, in this order.
                Require(next > rank, line);
                rank = next;
                type = next == 1 ? metadata.Groups["rest"].Value : type;
                Require(type != "info" || (next != 2 && name.TrimEnd('"').EndsWith("_info", StringComparison.Ordinal)), line);
                continue;
            }

            var match = SampleLine().Match(line);
            Require(match.Success, line);
            var quoted = match.Groups["quoted"].Value;
            var sampleName = quoted.Length > 0 ? quoted : match.Groups["name"].Value;
            Require(sampleName == family, line);
            rank = 4;
            var isComposite = match.Groups["count"].Success;
            Require(isComposite == (type == "histogram"), line);
            Require(!isComposite || match.Groups["native"].Success || match.Groups["buckets"].Success, line);
            Require(type != "info" || match.Groups["value"].Value == "1", line);
            Require(type != "counter" || match.Groups["value"].Value is not "NaN", line);
            var labels = quoted.Length > 0 ? match.Groups["rest"].Value.TrimStart(',') : match.Groups["labels"].Value;
            Require(series.Add(family + "{" + labels), line);
            samples.Add(new Sample(
                family,
                type,
                labels,
                match.Groups["value"].Value,
                match.Groups["start"].Success ? match.Groups["start"].Value : null,
                [.. match.Groups["exemplar"].Captures.Select(capture => capture.Value)],
                isComposite ? match : null));
        }

        return samples;
    }

    /// <summary>The samples of text 0.0.4 that have the same meaning, with values and bounds as doubles.</summary>
    internal static IEnumerable<string> Explode(string text)
    {
        foreach (var sample in Read(text))
        {
            if (sample.Composite is null)
            {
                yield return Plain(sample.Family, sample.Labels, sample.Value);
                continue;
            }

            var groups = sample.Composite.Groups;
            var buckets = groups["buckets"].Success ? groups["buckets"].Value.Split(',') : [$"+Inf:{groups["count"].Value}"];
            foreach (var bucket in buckets)
            {
                var colon = bucket.IndexOf(':', StringComparison.Ordinal);
                var bound = Double(bucket[..colon]).ToString("R", CultureInfo.InvariantCulture);
                var labels = (sample.Labels.Length > 0 ? sample.Labels + "," : "") + $"le=\"{bound}\"";
                yield return Plain(sample.Family + "_bucket", labels, bucket[(colon + 1)..]);
            }

            yield return Plain(sample.Family + "_sum", sample.Labels, groups["sum"].Value);
            yield return Plain(sample.Family + "_count", sample.Labels, groups["count"].Value);
        }
    }

    /// <summary>A sample of text 0.0.4, in the same form.</summary>
    internal static string Normalize(string line)
    {
        var match = PlainLine().Match(line);
        Require(match.Success, line);
        var labels = Le().Replace(match.Groups["labels"].Value, bound =>
            $"le=\"{Double(bound.Groups[1].Value).ToString("R", CultureInfo.InvariantCulture)}\"");
        return Plain(match.Groups["name"].Value, labels, match.Groups["value"].Value);
    }

    private static string Plain(string name, string labels, string value) =>
        $"{name}{{{labels}}} {Double(value).ToString("R", CultureInfo.InvariantCulture)}";

    private static double Double(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    private static void Require(bool condition, string line)
    {
        if (!condition)
        {
            throw new FormatException(line);
        }
    }

    [GeneratedRegex($@"^# (?<keyword>TYPE|UNIT|HELP) (?<name>{Name}|{Quoted}) (?<rest>(?:[^\\""]|\\.)*)$")]
    private static partial Regex Metadata();

    [GeneratedRegex(
        $@"^(?:(?<name>{Name})(?:\{{(?<labels>(?:{Label}(?:,{Label})*)?)\}})?|\{{(?<quoted>{Quoted})(?<rest>(?:,{Label})*)\}})"
        + $" (?:(?<value>{Number})|{Composite})(?: st@(?<start>{Real}))?(?<exemplar>{Exemplar})*$")]
    private static partial Regex SampleLine();

    [GeneratedRegex($@"^(?<name>{Name})(?:\{{(?<labels>.*)\}})? (?<value>\S+)$")]
    private static partial Regex PlainLine();

    [GeneratedRegex("(?<=^|,)le=\"([^\"]*)\"$")]
    private static partial Regex Le();
}
