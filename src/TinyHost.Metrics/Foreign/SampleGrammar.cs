// Owns: deciding whether a line is a sample that every reader of its format accepts.
// Sources: Prometheus text format 0.0.4, "Line format"; OpenMetrics 1.0.0, ABNF.

using System.Buffers;
using System.Globalization;
using System.Text;

namespace TinyHost.Metrics;

/// <summary>The grammar of samples in one format. Where readers differ, the strictest counts.</summary>
internal sealed class SampleGrammar(ExporterFormat format)
{
    private const int MaxExemplar = 128;

    private static readonly SearchValues<byte> s_labelName = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"u8);
    private static readonly SearchValues<byte> s_metricName = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_:"u8);
    private static readonly SearchValues<byte> s_number = SearchValues.Create("0123456789.+-eE"u8);

    private readonly bool _openMetrics = format == ExporterFormat.OpenMetrics;
    private readonly List<(Range Name, Range Value)> _exemplarLabels = [];
    private double _value;

    // In the names and values of the labels read last.
    private int _characters;

    /// <summary>The value of the sample read last.</summary>
    internal double Value => _value;

    /// <summary>Whether an exemplar follows it, valid or not.</summary>
    internal bool HasExemplar { get; private set; }

    /// <summary>The value of its exemplar; null if it has none or an invalid one.</summary>
    internal double? Exemplar { get; private set; }

    /// <summary>The length of its line without an exemplar.</summary>
    internal int Length { get; private set; }

    /// <summary>Whether nothing follows the value, not even a space.</summary>
    internal bool EndsWithValue { get; private set; }

    /// <summary>Whether one of its labels has a name that begins with <c>__</c>.</summary>
    internal bool HasReservedLabel { get; private set; }

    /// <summary>The labels of the sample read last: where their names and values are in its line, in order.</summary>
    internal List<(Range Name, Range Value)> LabelRanges { get; } = [];

    /// <summary>The value of a label of the sample read last, as in its line.</summary>
    internal bool TryGetLabel(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        foreach ((var held, var text) in LabelRanges)
        {
            if (name.SequenceEqual(line[held]))
            {
                value = line[text];
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>
    /// Reads a line. Returns the length of the metric's name, or 0 if the line is not a sample. The line may still have
    /// an invalid exemplar.
    /// </summary>
    internal int NameLength(ReadOnlySpan<byte> line)
    {
        var name = LengthOfName(line, allowColon: true);
        var at = name;
        (HasExemplar, Exemplar) = (false, null);
        HasReservedLabel = false;
        if (name == 0 || !Labels(line, ref at, LabelRanges) || !Space(line, ref at) || !Number(line, ref at, out _value))
        {
            return 0;
        }

        EndsWithValue = at == line.Length;
        Length = at;
        if (Space(line, ref at) && at < line.Length && line[at] != '#')
        {
            var timed = _openMetrics ? Number(line, ref at, out _, finite: true) : Timestamp(line, ref at);
            if (!timed)
            {
                return 0;
            }

            Length = at;
            Space(line, ref at);
        }

        if (at == line.Length)
        {
            return _openMetrics && line[^1] == ' ' ? 0 : name;
        }

        HasExemplar = _openMetrics && line[at..].StartsWith("# {"u8);
        Exemplar = HasExemplar ? ReadExemplar(line, at) : null;
        return HasExemplar ? name : 0;
    }

    /// <summary>Whether the whole text is a number, as in the label <c>le</c>.</summary>
    internal static bool IsNumber(ReadOnlySpan<byte> text, out double number)
    {
        var at = 0;
        return Number(text, ref at, out number) && at == text.Length;
    }

    internal static int LengthOfName(ReadOnlySpan<byte> text, bool allowColon)
    {
        var length = text.IndexOfAnyExcept(allowColon ? s_metricName : s_labelName);
        length = length < 0 ? text.Length : length;
        return length > 0 && char.IsAsciiDigit((char)text[0]) ? 0 : length;
    }

    private bool Labels(ReadOnlySpan<byte> line, ref int at, List<(Range Name, Range Value)> labels)
    {
        labels.Clear();
        _characters = 0;
        var open = at;
        if (!_openMetrics)
        {
            Space(line, ref open);
        }

        if (open == line.Length || line[open] != '{')
        {
            return true;
        }

        at = open + 1;
        for (var first = true; ; first = false)
        {
            OptionalSpace(line, ref at);
            // Only text 0.0.4 allows a comma after the last label.
            if (at < line.Length && line[at] == '}' && (first || !_openMetrics))
            {
                at++;
                return true;
            }

            if (!Label(line, ref at, labels))
            {
                return false;
            }

            OptionalSpace(line, ref at);
            if (at < line.Length && line[at] == '}')
            {
                at++;
                return true;
            }

            if (at == line.Length || line[at++] != ',')
            {
                return false;
            }
        }
    }

    private bool Label(ReadOnlySpan<byte> line, ref int at, List<(Range Name, Range Value)> labels)
    {
        var length = LengthOfName(line[at..], allowColon: false);
        var name = line.Slice(at, length);
        if (length == 0 || name.SequenceEqual("__name__"u8))
        {
            return false;
        }

        foreach ((var held, _) in labels)
        {
            if (name.SequenceEqual(line[held]))
            {
                return false;
            }
        }

        HasReservedLabel |= name.StartsWith("__"u8);
        var nameAt = at..(at + length);
        _characters += length;
        at += length;
        OptionalSpace(line, ref at);
        if (at == line.Length || line[at++] != '=')
        {
            return false;
        }

        OptionalSpace(line, ref at);
        var quote = at;
        if (at == line.Length || line[at++] != '"' || !Quoted(line, ref at))
        {
            return false;
        }

        labels.Add((nameAt, (quote + 1)..(at - 1)));
        return true;
    }

    private bool Quoted(ReadOnlySpan<byte> line, ref int at)
    {
        while (at < line.Length)
        {
            var current = line[at++];
            if (current == '"')
            {
                return true;
            }

            // Do not count continuation bytes of UTF-8.
            _characters += (current & 0xC0) == 0x80 ? 0 : 1;
            if (current == '\\' && (at == line.Length || line[at++] is not ((byte)'\\' or (byte)'"' or (byte)'n')))
            {
                return false;
            }
        }

        return false;
    }

    // # {trace_id="…"} value, and optionally a time. OpenMetrics 1.0.0, Exemplars: at most 128 characters of labels.
    // Prometheus accepts NUL in the labels of a sample, but not here; client_python the same for a brace.
    private double? ReadExemplar(ReadOnlySpan<byte> line, int at)
    {
        at += "# ".Length;
        if (line[at..].Contains((byte)0) || line[at..].Count((byte)'}') > 1 || !Labels(line, ref at, _exemplarLabels)
            || _characters > MaxExemplar || !Space(line, ref at) || !Number(line, ref at, out var value))
        {
            return null;
        }

        var isComplete = at == line.Length || (Space(line, ref at) && Number(line, ref at, out _, finite: true) && at == line.Length);
        return isComplete ? value : null;
    }

    // OpenMetrics separates the parts of a line by one space.
    private bool Space(ReadOnlySpan<byte> line, ref int at)
    {
        var to = at;
        Skip(line, ref to);
        var found = _openMetrics ? to - at == 1 && line[at] == ' ' : to > at;
        at = found ? to : at;
        return found;
    }

    private void OptionalSpace(ReadOnlySpan<byte> line, ref int at)
    {
        if (!_openMetrics)
        {
            Skip(line, ref at);
        }
    }

    private static void Skip(ReadOnlySpan<byte> line, ref int at)
    {
        while (at < line.Length && line[at] is (byte)' ' or (byte)'\t')
        {
            at++;
        }
    }

    // inf and infinity, in any case.
    private static bool Number(ReadOnlySpan<byte> line, ref int at, out double number, bool finite = false)
    {
        var text = Token(line, ref at);
        var unsigned = text.Length > 0 && text[0] is (byte)'+' or (byte)'-' ? text[1..] : text;
        if (Ascii.EqualsIgnoreCase(unsigned, "inf"u8) || Ascii.EqualsIgnoreCase(unsigned, "infinity"u8))
        {
            number = text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return !finite;
        }

        if (Ascii.EqualsIgnoreCase(text, "nan"u8))
        {
            number = double.NaN;
            return !finite;
        }

        number = 0;
        return !unsigned.ContainsAnyExcept(s_number) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
            && double.IsFinite(number);
    }

    // Only digits: Prometheus accepts no sign, and .NET would ignore trailing NULs.
    private static bool Timestamp(ReadOnlySpan<byte> line, ref int at)
    {
        var text = Token(line, ref at);
        return !text.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }

    private static ReadOnlySpan<byte> Token(ReadOnlySpan<byte> line, ref int at)
    {
        var length = line[at..].IndexOfAny((byte)' ', (byte)'\t');
        var token = length < 0 ? line[at..] : line.Slice(at, length);
        at += token.Length;
        return token;
    }
}
