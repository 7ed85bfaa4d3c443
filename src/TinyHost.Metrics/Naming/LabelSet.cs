// Owns: the label set of a series: made from tags once, encoded once, and what tells one series of a family from another.
// Does not own: finding the series of a measurement (SeriesTable).
// Source: OpenTelemetry "Prometheus and OpenMetrics Compatibility", Metric Attributes; Prometheus text format 0.0.4.

using System.Buffers;
using System.Text;

namespace TinyHost.Metrics;

/// <summary>
/// Labels as the formats spell them, <c>a="x",b="y"</c> in text, sorted by name. Two sets are equal when Prometheus would take them for one.
/// </summary>
internal sealed class LabelSet : IEquatable<LabelSet>
{
    private readonly KeyValuePair<string, string>[] _tags;
    private readonly byte[] _text;
    private readonly int _hashCode;
    private byte[]?[]? _otherTexts;

    private LabelSet(KeyValuePair<string, string>[] tags)
    {
        _tags = tags;
        _text = Encode(EscapingScheme.Underscores);
        var hash = new HashCode();
        hash.AddBytes(_text);
        _hashCode = hash.ToHashCode();
    }

    /// <summary>The labels in UTF-8, without braces, their names spelled with underscores; empty when there are none.</summary>
    internal ReadOnlySpan<byte> Text => _text;

    /// <summary>
    /// The labels of a series. Tags whose names come to the same label are joined by <c>;</c> in the order of their names. An empty value is
    /// no label to Prometheus, so it is left out. <paramref name="reserved"/> is a label name the format itself gives a meaning
    /// (<c>le</c> of histograms): a tag of that name is called otherwise (<see cref="TagName"/>).
    /// </summary>
    internal static LabelSet From(
        ReadOnlySpan<KeyValuePair<string, object?>> tags, ReadOnlySpan<KeyValuePair<string, object?>> constantTags, string? reserved)
    {
        var labels = new List<KeyValuePair<string, string>>(tags.Length + constantTags.Length);
        AddTo(labels, tags, reserved);
        AddTo(labels, constantTags, reserved);
        return new LabelSet([.. labels]);
    }

    /// <summary>The labels as <see cref="Text"/> has them, their names spelled by a scheme. Made at the first call for each.</summary>
    internal ReadOnlySpan<byte> TextIn(EscapingScheme scheme)
    {
        if (scheme == EscapingScheme.Underscores || _tags.Length == 0)
        {
            return _text;
        }

        var texts = _otherTexts ??= new byte[(int)EscapingScheme.AllowUtf8][];
        ref var text = ref texts[(int)scheme - 1];
        if (text is null)
        {
            var encoded = Encode(scheme);
            text = encoded.AsSpan().SequenceEqual(_text) ? _text : encoded;
        }

        return text;
    }

    /// <summary>Where the protobuf format keeps what it has encoded of the labels, by escaping scheme.</summary>
    internal byte[]?[] Protobuf => field ??= new byte[(int)EscapingScheme.AllowUtf8 + 1][];

    public bool Equals(LabelSet? other) => other is not null && _hashCode == other._hashCode && Text.SequenceEqual(other.Text);

    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    public override int GetHashCode() => _hashCode;

    public override string ToString() => Encoding.UTF8.GetString(_text);

    private static void AddTo(List<KeyValuePair<string, string>> labels, ReadOnlySpan<KeyValuePair<string, object?>> tags, string? reserved)
    {
        foreach (var (tag, value) in tags)
        {
            var text = TagValue.ToText(value);
            if (text.Length > 0)
            {
                labels.Add(new(TagName.For(tag, reserved), text));
            }
        }
    }

    private byte[] Encode(EscapingScheme scheme)
    {
        var text = new ArrayBufferWriter<byte>();
        foreach (var (name, value) in LabelsIn(scheme))
        {
            text.Write(text.WrittenCount > 0 ? ","u8 : default);
            EscapedText.AppendName(text, name, allowColon: false);
            text.Write("=\""u8);
            EscapedText.AppendLabelValue(text, value);
            text.Write("\""u8);
        }

        return text.WrittenSpan.ToArray();
    }

    /// <summary>The labels with their names escaped: sorted by name, each name once.</summary>
    internal List<KeyValuePair<string, string>> LabelsIn(EscapingScheme scheme)
    {
        var labels = new Label[_tags.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            var (tag, value) = _tags[i];
            labels[i] = new Label(EscapedName.Label(tag, scheme, scheme != EscapingScheme.Dots || IsAlone(tag)), tag, value);
        }

        Array.Sort(labels, static (x, y) =>
            string.CompareOrdinal(x.Name, y.Name) is var byName and not 0 ? byName
            : string.CompareOrdinal(x.Tag, y.Tag) is var byTag and not 0 ? byTag
            : string.CompareOrdinal(x.Value, y.Value));
        var named = new List<KeyValuePair<string, string>>(labels.Length);
        foreach (var (name, _, value) in labels)
        {
            if (named.Count > 0 && named[^1].Key == name)
            {
                named[^1] = new(name, $"{named[^1].Value};{value}");
            }
            else
            {
                named.Add(new(name, value));
            }
        }

        return named;
    }

    // Whether no other tag has the same name with underscores.
    private bool IsAlone(string tag)
    {
        var label = NameCharacters.Replace(tag, allowColon: false);
        return !Array.Exists(_tags, other => other.Key != tag && NameCharacters.Replace(other.Key, allowColon: false) == label);
    }

    private sealed record Label(string Name, string Tag, string Value);
}
