// Owns: one sample of an exporter's family, so that those of several workers can be added up.

using System.Text;

namespace TinyHost.Metrics;

/// <summary>How values of several workers become one.</summary>
internal enum SampleRule
{
    /// <summary>The sum; it counts also after the worker's end.</summary>
    Count,

    /// <summary>The sum of those that live.</summary>
    Sum,

    /// <summary>The greatest of those that live.</summary>
    Max,

    /// <summary>The least of those that live.</summary>
    Least,

    /// <summary>The one of the worker that was started last.</summary>
    Latest,

    /// <summary>The least; it counts also after the worker's end.</summary>
    Min,

    /// <summary>Not at all: a quantile says nothing about others.</summary>
    Apart,
}

/// <summary>A sample.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Labels">Its labels as in its line, without braces.</param>
/// <param name="Renamed">The same with a label <c>worker</c> renamed, to which the label of a worker can be added.</param>
/// <param name="Series">Its labels without <c>le</c> and <c>quantile</c>: samples with the same follow each other.</param>
/// <param name="Value">Its value.</param>
/// <param name="Exemplar">Its exemplar as in its line; empty for none.</param>
/// <param name="Rule">How it is added up.</param>
internal sealed record ExportedSample(
    string Name, string Labels, string Renamed, string Series, double Value, string Exemplar, SampleRule Rule)
{
    /// <summary>The samples of a family whose lines are valid.</summary>
    internal static List<ExportedSample> ReadAll(ExporterFamily family, ExporterFormat format, GaugeAggregation gauge)
    {
        var samples = new List<ExportedSample>();
        var grammar = new SampleGrammar(format);
        foreach (var range in family.Text.Span.Split((byte)'\n'))
        {
            var line = family.Text.Span[range];
            var length = line.IsEmpty || line[0] == '#' ? 0 : grammar.NameLength(line);
            if (length > 0)
            {
                samples.Add(Read(family, grammar, line, length, gauge));
            }
        }

        return samples;
    }

    private static ExportedSample Read(
        ExporterFamily family, SampleGrammar grammar, ReadOnlySpan<byte> line, int length, GaugeAggregation gauge)
    {
        var labels = new StringBuilder();
        var renamed = new StringBuilder();
        var series = new StringBuilder();
        foreach (var (name, value) in grammar.LabelRanges)
        {
            var text = $"{Encoding.UTF8.GetString(line[name])}=\"{Encoding.UTF8.GetString(line[value])}\"";
            labels.Append(labels.Length > 0 ? "," : "").Append(text);
            renamed.Append(renamed.Length > 0 ? "," : "").Append(line[name].SequenceEqual("worker"u8) ? "exported_" : "").Append(text);
            if (!line[name].SequenceEqual("le"u8) && !line[name].SequenceEqual("quantile"u8))
            {
                series.Append(text).Append(',');
            }
        }

        var own = Encoding.UTF8.GetString(line[..length]);
        return new ExportedSample(
            own,
            labels.ToString(),
            renamed.ToString(),
            series.ToString(),
            grammar.Value,
            grammar.HasExemplar ? Encoding.UTF8.GetString(line[grammar.Length..]) : "",
            RuleOf(family, own.AsSpan(family.Name.Length), gauge));
    }

    private static SampleRule RuleOf(ExporterFamily family, ReadOnlySpan<char> suffix, GaugeAggregation gauge) => family.Type switch
    {
        _ when suffix is "_created" => SampleRule.Min,
        "summary" when suffix.IsEmpty => SampleRule.Apart,
        "counter" or "histogram" or "summary" => SampleRule.Count,
        "gaugehistogram" => SampleRule.Sum,
        "info" or "stateset" => SampleRule.Max,
        "gauge" => gauge switch
        {
            GaugeAggregation.Max => SampleRule.Max,
            GaugeAggregation.Min => SampleRule.Least,
            GaugeAggregation.Latest => SampleRule.Latest,
            _ => SampleRule.Sum,
        },

        // A counter without _total has no type in OpenMetrics.
        _ => SampleRule.Count,
    };
}
