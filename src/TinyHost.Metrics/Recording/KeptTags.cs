// Owns: dropping all tags of a measurement that a view does not keep, without allocating, and finding the dropped ones.

using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>The tags a view keeps (<see cref="MetricView.Tags"/>).</summary>
internal sealed class KeptTags(IEnumerable<string> names)
{
    // Not [.. names], which would load LINQ.
    private readonly string[] _names = new List<string>(names).ToArray();

    /// <summary>True if two views keep the same tags.</summary>
    internal static bool AreEqual(KeptTags? one, KeptTags? other) =>
        one is null || other is null ? one == other : one._names.AsSpan().SequenceEqual(other._names);

    /// <summary>Copies the kept tags. Returns their number.</summary>
    internal int Copy(ReadOnlySpan<KeyValuePair<string, object?>> tags, Span<KeyValuePair<string, object?>> kept)
    {
        var count = 0;
        foreach (ref readonly var tag in tags)
        {
            if (Array.IndexOf(_names, tag.Key) >= 0)
            {
                kept[count++] = tag;
            }
        }

        return count;
    }

    /// <summary>
    /// Copies the dropped tags as far as there is room. Returns their number. Values that could change are copied as text.
    /// </summary>
    internal int CopyDropped(ReadOnlySpan<KeyValuePair<string, object?>> tags, Span<KeyValuePair<string, object?>> dropped)
    {
        var count = 0;
        foreach (ref readonly var tag in tags)
        {
            if (count < dropped.Length && Array.IndexOf(_names, tag.Key) < 0)
            {
                dropped[count++] = TagValue.IsFixed(tag.Value) ? tag : new(tag.Key, TagText.ValueOf(tag.Value));
            }
        }

        return count;
    }

    /// <summary>Room for the tags of nearly every measurement.</summary>
    [InlineArray(Length)]
    internal struct Buffer
    {
        internal const int Length = 16;

        private KeyValuePair<string, object?> _first;
    }
}
