// Owns: the words of one series in shared memory, as its worker sees them.

namespace TinyHost.Metrics;

/// <summary>A series in shared memory.</summary>
/// <param name="segment">The memory.</param>
/// <param name="address">The address of its record.</param>
/// <param name="number">Its number among the series there.</param>
internal sealed class SharedSeries(SharedSegment segment, nint address, int number)
{
    /// <summary>Its number among the series of the segment.</summary>
    internal int Number => number;

    /// <summary>The address of its words.</summary>
    internal nint Words => address + SharedFormat.WordsOffset;

    /// <summary>Tells the parent that the program removed the series, or that its lifetime is over.</summary>
    internal void End() => Volatile.Write(ref MappedMemory.WordAt(address + SharedFormat.StateOffset), 1);

    /// <summary>The address of words for another processor's part of a histogram with so many buckets.</summary>
    internal nint AddCell(int buckets) => segment.AddCell(number, SharedFormat.HistogramWords(buckets, native: 0));
}
