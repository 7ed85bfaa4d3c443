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
    /// A text 0.0.4 without the families that have a label of the grouping key with another value. The gateway overwrites such labels,
    /// which changes series or makes two of them one. It may overwrite <paramref name="common"/> labels, which all series have.
    /// </summary>
    internal ReadOnlyMemory<byte> RemoveConflicts(
        ReadOnlyMemory<byte> text, IDictionary<string, string> common, out List<(string Family, string Label)> conflicts)
    {
        var reader = new ExporterReader(text, ExporterFormat.Text);
        while (reader.Read(int.MaxValue))
        {
        }

        conflicts = [];
        var kept = new ArrayBufferWriter<byte>(text.Length + 1);
        foreach (var family in reader.Families)
        {
            if (ConflictIn(family, common) is { } label)
            {
                conflicts.Add((family.Name, label));
            }
            else
            {
                kept.Write(family.Text.Span);
            }
        }

        return kept.WrittenMemory;
    }

    private string? ConflictIn(ExporterFamily family, IDictionary<string, string> common)
    {
        var grammar = new SampleGrammar(ExporterFormat.Text);
        foreach (var range in family.Text.Span.Split((byte)'\n'))
        {
            var line = family.Text.Span[range];
            if (line.StartsWith("#"u8) || grammar.NameLength(line) == 0)
            {
                continue;
            }

            foreach (var (label, value) in _keys)
            {
                if (grammar.TryGetLabel(line, Encoding.ASCII.GetBytes(label), out var found)
                    && !found.SequenceEqual(Escaped(value))
                    && !IsCommon(label, found, common))
                {
                    return label;
                }
            }
        }

        return null;
    }

    private static bool IsCommon(string label, ReadOnlySpan<byte> value, IDictionary<string, string> common)
    {
        foreach (var (name, everywhere) in common)
        {
            if (EscapedName.Underscored(name) == label && value.SequenceEqual(Escaped(everywhere)))
            {
                return true;
            }
        }

        return false;
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
