// Owns: the labels of an exemplar besides those of its span: tags that a view dropped, as many as a standard's limit allows.
// Sources: OpenMetrics 1.0.0, Exemplars: at most 128 characters of names and values; OpenTelemetry metrics SDK, Exemplar: the attributes
// that a view filtered out.

using System.Globalization;

namespace TinyHost.Metrics;

/// <summary>
/// Goes through dropped tags, up to the first without a name. Names are written with underscores in every escaping scheme. A tag is left
/// out if it is empty, if its label would be the second of that name, if it does not fit, or if it contains NUL or <c>}</c>: in the labels
/// of exemplars, Prometheus rejects the whole exposition for the one, and client_python for the other.
/// </summary>
/// <param name="tags">The tags.</param>
/// <param name="room">Memory of <see cref="RoomLength"/> characters.</param>
internal ref struct ExemplarLabels(ReadOnlySpan<KeyValuePair<string, object?>> tags, Span<char> room)
{
    /// <summary>The maximum length of all these labels in bytes, in text and protobuf.</summary>
    internal const int MaxBytes = (4 * MaxCharacters) + (MaxOverhead * KeptTags.Buffer.Length);

    /// <summary>The length of the memory to pass.</summary>
    internal const int RoomLength = MaxNames + MaxNumber;

    // 128, less the names and values of trace_id (32) and span_id (16).
    private const int MaxCharacters = 128 - 8 - 32 - 7 - 16;

    // Quotes, comma and equals sign; or tags and lengths in protobuf.
    private const int MaxOverhead = 12;
    private const int MaxNumber = 64;

    // The names so far, each between commas, and one more with its leading underscore.
    private const int MaxNames = (2 * MaxCharacters) + KeptTags.Buffer.Length + 2;
    private const string SpanNames = ",trace_id,span_id,";

    private readonly ReadOnlySpan<KeyValuePair<string, object?>> _tags = tags;
    private readonly Span<char> _names = room[..MaxNames];
    private readonly Span<char> _number = room[MaxNames..];
    private int _next;
    private int _namesLength;
    private int _left = MaxCharacters;

    /// <summary>The name of the label.</summary>
    internal ReadOnlySpan<char> Name { get; private set; }

    /// <summary>The value of the label.</summary>
    internal ReadOnlySpan<char> Value { get; private set; }

    /// <summary>Goes to the next label. Returns false after the last.</summary>
    internal bool MoveNext()
    {
        while (_next < _tags.Length && _tags[_next].Key is { } name)
        {
            if (TryTake(name, _tags[_next++].Value))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryTake(string name, object? value)
    {
        // An underscore may precede the name.
        if (name.Length >= _left || !TryText(value, out var text))
        {
            return false;
        }

        _names[_namesLength] = ',';
        var valid = _names[(_namesLength + 1)..];
        valid = valid[..PrometheusText.ToValidName(name, valid, allowColon: false)];
        var length = valid.Length + CharacterCount(text);
        var delimited = _names.Slice(_namesLength, valid.Length + 2);
        delimited[^1] = ',';
        if (length > _left || SpanNames.AsSpan().IndexOf(delimited) >= 0 || _names[..(_namesLength + 1)].IndexOf(delimited) >= 0)
        {
            return false;
        }

        (_left, _namesLength) = (_left - length, _namesLength + valid.Length + 1);
        Name = valid;
        Value = text;
        return true;
    }

    // False for an empty text, for one that readers reject, and for one that is certainly too long.
    private readonly bool TryText(object? value, out ReadOnlySpan<char> text)
    {
        if (value is ISpanFormattable number)
        {
            number.TryFormat(_number, out var length, default, CultureInfo.InvariantCulture);
            text = _number[..length];
        }
        else
        {
            text = TagText.ValueOf(value);
        }

        return text.Length is > 0 and <= 2 * MaxCharacters && !text.ContainsAny('\0', '}');
    }

    private static int CharacterCount(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }
}
