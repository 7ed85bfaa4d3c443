// Owns: leaving out all but some tags of a measurement, without allocating.
// Does not own: which (MetricView).

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TinyHost.Metrics;

/// <summary>The tags a view keeps of an instrument's.</summary>
internal sealed class KeptTags(IEnumerable<string> names)
{
    private readonly List<string> _names = new(names);

    /// <summary>Whether two views keep the same.</summary>
    internal static bool AreEqual(KeptTags? one, KeptTags? other) =>
        one is null || other is null ? one == other : CollectionsMarshal.AsSpan(one._names).SequenceEqual(CollectionsMarshal.AsSpan(other._names));

    /// <summary>Copies the tags that are kept. Returns how many those are.</summary>
    internal int Copy(ReadOnlySpan<KeyValuePair<string, object?>> tags, Span<KeyValuePair<string, object?>> kept)
    {
        int count = 0;
        foreach (ref readonly KeyValuePair<string, object?> tag in tags)
        {
            if (_names.Contains(tag.Key))
            {
                kept[count++] = tag;
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
