// Owns: leaving out all but some tags of a measurement, without allocating.
// Does not own: which (MetricView).

using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>The tags a view keeps of an instrument's.</summary>
internal sealed class KeptTags(IEnumerable<string> names)
{
    // By way of a list: otherwise it is LINQ's, which most programs start without.
    private readonly string[] _names = new List<string>(names).ToArray();

    /// <summary>Whether two views keep the same.</summary>
    internal static bool AreEqual(KeptTags? one, KeptTags? other) =>
        one is null || other is null ? one == other : one._names.AsSpan().SequenceEqual(other._names);

    /// <summary>Copies the tags that are kept. Returns how many those are.</summary>
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

    /// <summary>Room for the tags of nearly every measurement.</summary>
    [InlineArray(Length)]
    internal struct Buffer
    {
        internal const int Length = 16;

        private KeyValuePair<string, object?> _first;
    }
}
