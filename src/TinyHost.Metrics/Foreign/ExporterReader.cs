// Owns: finding the families in an exporter's text, and lines that would make the whole exposition invalid. What a family can do without
// is repaired: the text of a HELP comment, and exemplars.
// Sources: Prometheus text format 0.0.4, "Comments, help text, and type information"; OpenMetrics 1.0.0, Text Format.

using System.Text;
using System.Text.Unicode;

namespace TinyHost.Metrics;

/// <summary>Reads some lines at a time. A family ends where the next one begins.</summary>
/// <param name="text">What an exporter wrote; its last line ends with a line feed.</param>
/// <param name="format">Its format.</param>
/// <param name="forBatch">Whether it is text 0.0.4 for a Pushgateway or node_exporter rather than a scraper.</param>
/// <param name="labels">Labels to add to each sample; null for none.</param>
internal sealed class ExporterReader(
    ReadOnlyMemory<byte> text, ExporterFormat format, bool forBatch = false, AddedLabels? labels = null)
{
    private const int MaxQuoted = 200;

    private static readonly string[] s_types = ["counter", "gauge", "histogram", "summary", "untyped"];
    private static readonly string[] s_openMetricsTypes =
        ["counter", "gauge", "histogram", "gaugehistogram", "stateset", "info", "summary", "unknown"];

    private readonly bool _openMetrics = format == ExporterFormat.OpenMetrics;
    private readonly SampleGrammar _grammar = new(format);
    private readonly List<ExporterFamily> _families = [];
    private readonly LineEdits _edits = new(text);
    private int _at;
    private int _next;
    private bool _ended;

    private int _start;
    private string? _name;
    private string? _type;
    private bool _hasUnit;
    private string? _fault;
    private Seen _seen;

    [Flags]
    private enum Seen
    {
        None = 0,
        Help = 1,
        Type = 2,
        Unit = 4,
        Sample = 8,
    }

    /// <summary>The families, once all lines are read.</summary>
    internal IReadOnlyList<ExporterFamily> Families => _families;

    /// <summary>Reads some more lines. Returns false when all are read.</summary>
    internal bool Read(int lines)
    {
        var bytes = text.Span;
        for (; lines > 0 && _at < bytes.Length; lines--)
        {
            var length = bytes[_at..].IndexOf((byte)'\n');
            _next = _at + length + 1;
            ReadLine(bytes.Slice(_at, length));
            _at = _next;
        }

        if (_at < bytes.Length)
        {
            return true;
        }

        EndFamily(bytes.Length);
        return false;
    }

    private void ReadLine(ReadOnlySpan<byte> line)
    {
        if (_ended)
        {
            // Nothing may follow # EOF.
            Refuse(line);
        }
        else if (_openMetrics && line.SequenceEqual("# EOF"u8))
        {
            EndFamily(_at);
            _ended = true;
        }
        else if (line.StartsWith("#"u8))
        {
            ReadComment(line);
        }
        else if (!Utf8.IsValid(line))
        {
            Refuse(line);
        }
        else if (line.Trim(" \t"u8).IsEmpty)
        {
            RefuseIf(_openMetrics, line);
        }
        else
        {
            ReadSample(line);
        }
    }

    private void ReadSample(ReadOnlySpan<byte> line)
    {
        var length = _grammar.NameLength(line);
        if (length == 0)
        {
            Refuse(line);
            return;
        }

        var name = Encoding.ASCII.GetString(line[..length]);
        if (_name is null || !IsSampleOf(_name, _type, name))
        {
            Begin(name);
        }

        _seen |= Seen.Sample;
        var suffix = name.AsSpan(_name!.Length);
        var isAllowed = _openMetrics
            ? SampleRules.Allow(_grammar, line, _type, suffix)
            : !forBatch || SampleRules.AllowInBatch(_grammar, line, _type);
        RefuseIf(!isAllowed, line);
        if (labels?.InsertionInto(line, _grammar, length) is var (at, added))
        {
            _edits.Replace(_at + at, _at + at, added);
        }

        if (_grammar.HasExemplar && !SampleRules.AllowExemplar(_grammar, line, suffix))
        {
            _next = BrokenExemplar.End(text.Span, _next, line[_grammar.Length..]);
            _edits.Replace(_at + _grammar.Length, _next - 1, []);
        }
    }

    private void ReadComment(ReadOnlySpan<byte> line)
    {
        var rest = _openMetrics ? line[(line.StartsWith("# "u8) ? 2 : 0)..] : line[1..].TrimStart(" \t"u8);
        var keyword = Word(ref rest);
        var kind = keyword.SequenceEqual("HELP"u8) ? Seen.Help
            : keyword.SequenceEqual("TYPE"u8) ? Seen.Type
            : keyword.SequenceEqual("UNIT"u8) && _openMetrics ? Seen.Unit
            : Seen.None;
        if (kind != Seen.Help && !Utf8.IsValid(line))
        {
            Refuse(line);
            return;
        }

        if (kind == Seen.None)
        {
            // OpenMetrics has no comments. In text 0.0.4 Prometheus rejects the scrape if one contains NUL.
            RefuseIf(_openMetrics || line.Contains((byte)0), line);
            return;
        }

        rest = _openMetrics ? rest[(rest.StartsWith(" "u8) ? 1 : 0)..] : rest.TrimStart(" \t"u8);
        var metric = Word(ref rest);
        var length = SampleGrammar.LengthOfName(metric, allowColon: true);
        if (length == 0 || length != metric.Length)
        {
            Refuse(line);
            return;
        }

        var name = Encoding.ASCII.GetString(metric);
        // A comment that is repeated after samples begins another family of that name, which collides with the first.
        if (name != _name || (_seen.HasFlag(Seen.Sample) && _seen.HasFlag(kind)))
        {
            Begin(name);
        }

        // Each once, and before the samples.
        RefuseIf(_seen >= Seen.Sample || _seen.HasFlag(kind), line);
        _seen |= kind;

        // One space follows the name; further spaces belong to the rest. OpenMetrics requires it even if the rest is empty.
        RefuseIf(_openMetrics && !rest.StartsWith(" "u8), line);
        if (rest.IsEmpty)
        {
            RefuseIf(kind == Seen.Type, line);
            return;
        }

        rest = rest[1..];
        switch (kind)
        {
            case Seen.Type:
                _type = Encoding.UTF8.GetString(rest);
                RefuseIf(Array.IndexOf(_openMetrics ? s_openMetricsTypes : s_types, _type) < 0, line);
                break;
            case Seen.Unit:
                var unit = Encoding.UTF8.GetString(rest);
                _hasUnit = unit.Length > 0;
                RefuseIf(_hasUnit && !name.EndsWith("_" + unit, StringComparison.Ordinal), line);
                break;
            default:
                ReadHelp(metric, line.Length - rest.Length);
                break;
        }

        RefuseIf(_hasUnit && _type is "info" or "stateset", line);
    }

    private bool IsSampleOf(string family, string? type, string sample)
    {
        if (!sample.StartsWith(family, StringComparison.Ordinal))
        {
            return false;
        }

        var suffix = sample[family.Length..];
        return (type, _openMetrics) switch
        {
            ("histogram", _) => suffix is "_bucket" or "_sum" or "_count" || (_openMetrics && suffix == "_created"),
            ("summary", _) => suffix is "" or "_sum" or "_count" || (_openMetrics && suffix == "_created"),
            ("gaugehistogram", true) => suffix is "_bucket" or "_gsum" or "_gcount",
            ("counter", true) => suffix is "_total" or "_created",
            ("info", true) => suffix == "_info",
            _ => suffix.Length == 0,
        };
    }

    // The line feed at the end of the comment stays.
    private void ReadHelp(ReadOnlySpan<byte> family, int offset)
    {
        var bytes = text.Span;
        _next = HelpComment.End(bytes, _next, family, _seen.HasFlag(Seen.Type), _grammar, _openMetrics);
        var (start, end) = (_at + offset, _next - 1);
        if (!HelpComment.IsEscaped(bytes[start..end], _openMetrics))
        {
            _edits.Replace(start, end, HelpComment.Escape(bytes[start..end], _openMetrics));
        }
    }

    private void Begin(string name)
    {
        EndFamily(_at);
        (_start, _name) = (_at, name);
    }

    private void EndFamily(int end)
    {
        if (_name is not null)
        {
            _families.Add(new ExporterFamily(_name, _type ?? (_openMetrics ? "unknown" : "untyped"), _edits.Apply(_start, end), _fault));
        }

        (_name, _type, _hasUnit, _fault, _seen) = (null, null, false, null, Seen.None);
    }

    private void RefuseIf(bool condition, ReadOnlySpan<byte> line)
    {
        if (condition)
        {
            Refuse(line);
        }
    }

    // The line makes its family invalid. Outside any family it becomes a nameless one.
    private void Refuse(ReadOnlySpan<byte> line)
    {
        if (_name is null)
        {
            Begin("");
        }

        _fault ??= Encoding.UTF8.GetString(line[..Math.Min(line.Length, MaxQuoted)]);
    }

    private static ReadOnlySpan<byte> Word(ref ReadOnlySpan<byte> rest)
    {
        var length = rest.IndexOfAny((byte)' ', (byte)'\t');
        var word = length < 0 ? rest : rest[..length];
        rest = rest[word.Length..];
        return word;
    }
}
