// Owns: the layout of the records in which a worker describes its series to its parent: in shared memory, and in its answers.

namespace TinyHost.Metrics;

/// <summary>The kinds of record. A record follows the one before; its length is a multiple of eight bytes.</summary>
internal enum RecordKind
{
    /// <summary>
    /// A family: its bounds, then name, unescaped name, unit and help. Detail is its <see cref="InstrumentKind"/>, the first number that of
    /// its bounds, the second the maximum number of its native buckets.
    /// </summary>
    Family = 1,

    /// <summary>
    /// A series: when it was created, whether it has ended, its words, then its tags. The first number is that of its family, the second
    /// that of its words.
    /// </summary>
    Series = 2,

    /// <summary>Further words of a histogram, which another processor counts in. The first number is that of its series.</summary>
    Cell = 3,

    /// <summary>
    /// An exemplar: value, time, trace, span, then its dropped tags. Detail is 1 for a series in shared memory, 0 for one in the same
    /// answer; the first number is that of the series, the second that of the slot.
    /// </summary>
    Exemplar = 4,
}

internal static class SharedFormat
{
    /// <summary>
    /// The first word of a segment: the version of this layout and of the questions to workers. Any change of them needs another.
    /// </summary>
    internal const long Magic = 0x3230_5448_5254_454D;

    /// <summary>The length of a segment, most of which takes no memory.</summary>
    internal const long SegmentLength = 256L << 20;

    /// <summary>Where the end of the published records is.</summary>
    internal const int EndOffset = 8;

    /// <summary>Where the number of series is that found no room.</summary>
    internal const int RefusedOffset = 16;

    /// <summary>Where the figures of the worker's process are, for the dashboard: when they were written, then the figures.</summary>
    internal const int FiguresOffset = 64;

    /// <summary>Where the records begin.</summary>
    internal const int HeaderLength = 192;

    /// <summary>The length of what each record begins with: its own length, kind, detail, and two numbers.</summary>
    internal const int RecordHeader = 16;

    /// <summary>Where a series' flag is, from the beginning of its record: not zero once it has ended.</summary>
    internal const int StateOffset = 24;

    /// <summary>Where a series' words are.</summary>
    internal const int WordsOffset = 32;

    /// <summary>The words of a series of one value: the sum of integers, and the sum of fractions or the value.</summary>
    internal const int ScalarWords = 2;

    /// <summary>The words of a histogram before its counts: an odd number while it changes, and the sum.</summary>
    internal const int HistogramHeader = 2;

    /// <summary>
    /// The words of native buckets before the buckets: schema, zero threshold, zero count, number of positive and of negative buckets.
    /// </summary>
    internal const int NativeHeader = 5;

    /// <summary>The unused words before and after those of a further cell, which keep processors apart.</summary>
    internal const int CellPadding = 128 / sizeof(long);

    /// <summary>The words of a histogram with so many classic and native buckets.</summary>
    internal static int HistogramWords(int buckets, int native) =>
        HistogramHeader + buckets + (native > 0 ? 1 + (2 * NativeWords(native)) : 0);

    /// <summary>The words of one of the two copies of native buckets.</summary>
    internal static int NativeWords(int native) => NativeHeader + (2 * native);
}
