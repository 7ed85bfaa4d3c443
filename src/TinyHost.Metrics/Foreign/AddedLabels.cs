// Owns: adding the labels of all series to the samples of an exporter.

using System.Buffers;

namespace TinyHost.Metrics;

/// <summary>The labels, encoded. A sample that has a label of that name keeps its own.</summary>
internal sealed class AddedLabels
{
    private readonly List<(byte[] Name, byte[] Text)> _labels = [];

    private AddedLabels(IDictionary<string, string> labels)
    {
        foreach (var (name, value) in LabelSet.From([], [], null, labels).LabelsIn(EscapingScheme.Underscores))
        {
            var text = new ArrayBufferWriter<byte>();
            PrometheusText.AppendName(text, name, allowColon: false);
            var length = text.WrittenCount;
            text.Write("="u8);
            PrometheusText.AppendQuoted(text, value);
            _labels.Add((text.WrittenSpan[..length].ToArray(), text.WrittenSpan.ToArray()));
        }
    }

    /// <summary>The labels of the options; null if there are none.</summary>
    internal static AddedLabels? Of(IDictionary<string, string> labels) =>
        new AddedLabels(labels) is { _labels.Count: > 0 } added ? added : null;

    /// <summary>
    /// What to insert into a line, and where: <c>env="prod",</c> before the first label, or <c>{env="prod"}</c> after the name. Empty if
    /// the sample has all labels.
    /// </summary>
    /// <param name="line">The line, which <paramref name="sample"/> has read.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="nameLength">The length of its name.</param>
    internal (int At, byte[] Text) InsertionInto(ReadOnlySpan<byte> line, SampleGrammar sample, int nameLength)
    {
        var text = new ArrayBufferWriter<byte>();
        foreach (var (name, label) in _labels)
        {
            if (!sample.TryGetLabel(line, name, out _))
            {
                text.Write(text.WrittenCount > 0 ? ","u8 : default);
                text.Write(label);
            }
        }

        if (text.WrittenCount == 0)
        {
            return (nameLength, []);
        }

        // Text 0.0.4 allows spaces before the brace and behind it.
        var labels = line[nameLength..].TrimStart(" \t"u8);
        if (labels[0] != '{')
        {
            return (nameLength, [(byte)'{', .. text.WrittenSpan, (byte)'}']);
        }

        text.Write(labels[1..].TrimStart(" \t"u8)[0] == '}' ? default : ","u8);
        return (line.Length - labels.Length + 1, text.WrittenSpan.ToArray());
    }
}
