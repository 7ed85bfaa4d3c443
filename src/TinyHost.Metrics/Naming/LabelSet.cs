// Owns: the labels of a series, made from its tags and encoded once.
// Sources: OpenTelemetry "Prometheus and OpenMetrics Compatibility", Metric Attributes; Prometheus text format 0.0.4.

using System.Buffers;
using System.Text;

namespace TinyHost.Metrics;

/// <summary>Labels sorted by name. Two sets are equal if Prometheus would take them for the same series.</summary>
internal sealed class LabelSet : IEquatable<LabelSet>
{
    private readonly KeyValuePair<string, string>[] _tags;
    private readonly byte[] _text;
    private readonly int _hashCode;
    private EscapedLabels _escaped;

    private LabelSet(KeyValuePair<string, string>[] tags)
    {
        _tags = tags;
        var labels = LabelsIn(EscapingScheme.Underscores);
        HasJoined = labels.Count < tags.Length;
        _text = Encode(labels);
        var hash = new HashCode();
        hash.AddBytes(_text);
        _hashCode = hash.ToHashCode();
    }

    /// <summary>The tags whose value is not empty, with their own names.</summary>
    internal ReadOnlySpan<KeyValuePair<string, string>> Tags => _tags;

    /// <summary>Whether several tags became one label.</summary>
    internal bool HasJoined { get; }

    /// <summary>The labels in other encodings, made when first needed.</summary>
    internal ref EscapedLabels Escaped => ref _escaped;

    /// <summary>
    /// The labels of these tags. Values of tags with the same label name are joined by <c>;</c>, in the order of the tags' names. An empty
    /// value means no label to Prometheus, and is left out.
    /// </summary>
    /// <param name="tags">The tags of the measurement.</param>
    /// <param name="constantTags">The tags of the instrument and its meter.</param>
    /// <param name="reserved">A label name that the family reserves, such as <c>le</c> for histograms; null for none.</param>
    /// <param name="common">Labels of all series, where no tag has the same label; null for none.</param>
    internal static LabelSet From(
        ReadOnlySpan<KeyValuePair<string, object?>> tags,
        ReadOnlySpan<KeyValuePair<string, object?>> constantTags,
        string? reserved,
        IDictionary<string, string>? common = null)
    {
        var labels = new List<KeyValuePair<string, string>>(tags.Length + constantTags.Length);
        AddTo(labels, tags, reserved);
        AddTo(labels, constantTags, reserved);
        if (common is { Count: > 0 })
        {
            CommonLabels.AddTo(labels, common);
        }

        return new LabelSet([.. labels]);
    }

    /// <summary>The labels in the text formats, in UTF-8 and without braces: <c>a="x",b="y"</c>.</summary>
    internal ReadOnlySpan<byte> TextIn(EscapingScheme scheme) =>
        scheme == EscapingScheme.Underscores || _tags.Length == 0 ? _text : _escaped.TextIn(scheme, this, _text);

    /// <summary>The labels with their names escaped: sorted by name, each name once.</summary>
    internal List<KeyValuePair<string, string>> LabelsIn(EscapingScheme scheme)
    {
        var labels = new Label[_tags.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            var (tag, value) = _tags[i];
            var name = scheme == EscapingScheme.Underscores
                ? TagText.Underscored(tag)
                : EscapedName.Label(tag, scheme, _tags);
            labels[i] = new Label(name, tag, value);
        }

        Array.Sort(labels, static (x, y) =>
            string.CompareOrdinal(x.Name, y.Name) is var byName and not 0 ? byName
            : string.CompareOrdinal(x.Tag, y.Tag) is var byTag and not 0 ? byTag
            : string.CompareOrdinal(x.Value, y.Value));
        var joined = new List<KeyValuePair<string, string>>(labels.Length);
        foreach (var (name, _, value) in labels)
        {
            if (joined.Count > 0 && joined[^1].Key == name)
            {
                joined[^1] = new(name, $"{joined[^1].Value};{value}");
            }
            else
            {
                joined.Add(new(name, value));
            }
        }

        return joined;
    }

    /// <summary>Encodes labels for the text formats.</summary>
    internal static byte[] Encode(List<KeyValuePair<string, string>> labels)
    {
        var text = new ArrayBufferWriter<byte>();
        foreach (var (name, value) in labels)
        {
            text.Write(text.WrittenCount > 0 ? ","u8 : default);
            PrometheusText.AppendName(text, name, allowColon: false);
            text.Write("="u8);
            PrometheusText.AppendQuoted(text, value);
        }

        return text.WrittenSpan.ToArray();
    }

    /// <summary>True if a tag has this value; for an empty value, if there is no such tag.</summary>
    internal bool Has(KeyValuePair<string, string> tag) => tag.Value.Length > 0
        ? Array.IndexOf(_tags, tag) >= 0
        : !Array.Exists(_tags, held => held.Key == tag.Key);

    public bool Equals(LabelSet? other) => other is not null && _hashCode == other._hashCode && _text.AsSpan().SequenceEqual(other._text);

    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    public override int GetHashCode() => _hashCode;

    public override string ToString() => Encoding.UTF8.GetString(_text);

    private static void AddTo(List<KeyValuePair<string, string>> labels, ReadOnlySpan<KeyValuePair<string, object?>> tags, string? reserved)
    {
        foreach (var (tag, value) in tags)
        {
            var text = TagText.ValueOf(value);
            if (text.Length > 0)
            {
                labels.Add(new(TagText.NameOf(tag, reserved), text));
            }
        }
    }

    private sealed record Label(string Name, string Tag, string Value);
}
