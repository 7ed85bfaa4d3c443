// Owns: the labels of a series in protobuf, and in the text formats with names escaped otherwise than by underscores.

namespace TinyHost.Metrics;

/// <summary>A part of a <see cref="LabelSet"/>; never copy it. Threads that encode the same labels at once lose nothing.</summary>
internal struct EscapedLabels
{
    private byte[]?[]? _texts;

    /// <summary>The encoded labels for protobuf, by escaping scheme. The format fills them in.</summary>
    internal byte[]?[] Protobuf => field ??= new byte[(int)EscapingScheme.AllowUtf8 + 1][];

    /// <summary>
    /// As <see cref="LabelSet.TextIn"/>, for schemes other than underscores. Encoded at the first call for each scheme, and kept only if it
    /// differs from <paramref name="underscored"/>.
    /// </summary>
    internal ReadOnlySpan<byte> TextIn(EscapingScheme scheme, LabelSet labels, byte[] underscored)
    {
        ref var text = ref (_texts ??= new byte[(int)EscapingScheme.AllowUtf8][])[(int)scheme - 1];
        if (text is null)
        {
            var encoded = LabelSet.Encode(labels.LabelsIn(scheme));
            text = encoded.AsSpan().SequenceEqual(underscored) ? underscored : encoded;
        }

        return text;
    }
}
