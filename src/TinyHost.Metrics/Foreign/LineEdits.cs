// Owns: changing parts of a text while its families are read.

using System.Buffers;

namespace TinyHost.Metrics;

/// <summary>Replacements in a text, in order. Most families have none and stay parts of the text.</summary>
internal sealed class LineEdits(ReadOnlyMemory<byte> text)
{
    private readonly List<(int Start, int End, byte[] Replacement)> _edits = [];

    /// <summary>Replaces what stands between two places of the text, in what <see cref="Apply"/> returns next.</summary>
    internal void Replace(int start, int end, byte[] replacement) => _edits.Add((start, end, replacement));

    /// <summary>The text between two places with the replacements made there.</summary>
    internal ReadOnlyMemory<byte> Apply(int start, int end)
    {
        if (_edits.Count == 0)
        {
            return text[start..end];
        }

        var edited = new ArrayBufferWriter<byte>(end - start);
        foreach (var edit in _edits)
        {
            edited.Write(text.Span[start..edit.Start]);
            edited.Write(edit.Replacement);
            start = edit.End;
        }

        _edits.Clear();
        edited.Write(text.Span[start..end]);
        return edited.WrittenMemory;
    }
}
