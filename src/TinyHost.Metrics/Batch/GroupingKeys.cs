// Owns: the grouping key of a push: its path, and series whose labels it would change.
// Source: Prometheus Pushgateway, README, "URL".

using System.Buffers;
using System.Text;

namespace TinyHost.Metrics;

/// <summary>The labels that name a group on a Pushgateway, the job first.</summary>
internal sealed class GroupingKeys
{
    private const string Job = "job";

    private readonly List<(string Label, string Value)> _keys = [];

    /// <summary>Throws <see cref="ArgumentException"/> for labels that a Pushgateway does not accept.</summary>
    internal GroupingKeys(string job, IDictionary<string, string> further)
    {
        _keys.Add((Job, job));
        foreach (var (label, value) in further.OrderBy(key => key.Key, StringComparer.Ordinal))
        {
            if (!PrometheusText.IsValidName(label, allowColon: false) || label == Job || label.StartsWith("__", StringComparison.Ordinal))
            {
                throw new ArgumentException(
                    $"The grouping key has the label '{label}'; it must consist of ASCII letters, digits and underscores, begin with "
                    + $"neither a digit nor two underscores, and not be '{Job}', which is the label of the job.");
            }

            _keys.Add((label, value ?? throw new ArgumentException($"The label '{label}' of the grouping key has no value.")));
        }
    }

    /// <summary>The keys as a part of a path.</summary>
    internal string Path => string.Join('/', _keys.Select(key => Segment(key.Label, key.Value)));

    /// <summary>
    /// A text 0.0.4 in which labels of the grouping key that have another value are renamed: <c>instance</c> becomes
    /// <c>exported_instance</c>, as in a Prometheus server that scrapes such a label. The gateway would overwrite it, which changes series
    /// or makes two of them one. It may overwrite <paramref name="common"/> labels, which all series have.
    /// </summary>
    internal ReadOnlyMemory<byte> RenameConflicts(ReadOnlyMemory<byte> text, IDictionary<string, string> common, Action<string> report)
    {
        var grammar = new SampleGrammar(ExporterFormat.Text);
        var edits = new LineEdits(text);
        var bytes = text.Span;
        for (var at = 0; at < bytes.Length;)
        {
            var line = bytes.Slice(at, bytes[at..].IndexOf((byte)'\n'));
            if (!line.StartsWith("#"u8) && grammar.NameLength(line) > 0)
            {
                foreach (var (name, value) in grammar.LabelRanges)
                {
                    if (ConflictOf(line[name], line[value]) is { } label && !IsCommon(label, line[value], common))
                    {
                        report(label);
                        edits.Replace(at + name.Start.Value, at + name.End.Value, Renamed(label, line, grammar));
                    }
                }
            }

            at += line.Length + 1;
        }

        return edits.Apply(0, text.Length);
    }

    // The label if the key has it with another value; otherwise null.
    private string? ConflictOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        foreach (var (label, wanted) in _keys)
        {
            if (name.SequenceEqual(Encoding.ASCII.GetBytes(label)))
            {
                return value.SequenceEqual(Escaped(wanted)) ? null : label;
            }
        }

        return null;
    }

    private static bool IsCommon(string label, ReadOnlySpan<byte> value, IDictionary<string, string> common)
    {
        foreach (var (name, everywhere) in common)
        {
            if (TagText.Underscored(name) == label && value.SequenceEqual(Escaped(everywhere)))
            {
                return true;
            }
        }

        return false;
    }

    private byte[] Renamed(string label, ReadOnlySpan<byte> line, SampleGrammar grammar)
    {
        byte[] name;
        do
        {
            label = "exported_" + label;
            name = Encoding.ASCII.GetBytes(label);
        }
        while (_keys.Exists(key => key.Label == label) || grammar.TryGetLabel(line, name, out _));

        return name;
    }

    // A value that cannot be a path segment is written in URL-safe base64. An empty one needs padding, or it would be an empty segment.
    private static string Segment(string label, string value) => value.Contains('/', StringComparison.Ordinal) || value is "" or "." or ".."
        ? $"{label}@base64/{Convert.ToBase64String(Encoding.UTF8.GetBytes(value)).Replace('+', '-').Replace('/', '_').TrimEnd('=')}"
            + (value.Length == 0 ? "=" : "")
        : $"{label}/{Uri.EscapeDataString(value)}";

    private static ReadOnlySpan<byte> Escaped(string value)
    {
        var escaped = new ArrayBufferWriter<byte>();
        PrometheusText.AppendEscaped(escaped, value, escapeQuotes: true);
        return escaped.WrittenSpan;
    }
}
