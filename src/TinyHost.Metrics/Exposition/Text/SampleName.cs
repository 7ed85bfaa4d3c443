// Owns: how a sample's line begins: its name, quoted where it must be, with and without labels to follow.
// Does not own: labels and value.
// Source: Prometheus text format 1.0.0: a quoted name stands in the braces.

using System.Buffers;

namespace TinyHost.Metrics;

internal sealed class SampleName
{
    internal SampleName(string name)
    {
        var text = new ArrayBufferWriter<byte>();
        EscapedText.AppendName(text, name, allowColon: true);
        var quoted = text.WrittenSpan[0] == '"';
        Alone = quoted ? [(byte)'{', .. text.WrittenSpan, (byte)'}'] : text.WrittenSpan.ToArray();
        Open = quoted ? [(byte)'{', .. text.WrittenSpan, (byte)','] : [.. text.WrittenSpan, (byte)'{'];
    }

    /// <summary><c>name</c> or <c>{"na.me"}</c>.</summary>
    internal byte[] Alone { get; }

    /// <summary><c>name{</c> or <c>{"na.me",</c>.</summary>
    internal byte[] Open { get; }
}
