// Owns: a series of a histogram as of one moment, for the formats that write it as one value.

using System.Buffers;

namespace TinyHost.Metrics;

/// <summary>Counts, sum and buckets. Disposal returns the memory that holds them.</summary>
internal readonly ref struct HistogramReading : IDisposable
{
    private readonly long[] _counts;
    private readonly NativeBucket[] _buckets = [];

    internal HistogramReading(InstrumentDefinition definition, HistogramSeries series)
    {
        var length = definition.Boundaries.Length + 1;
        _counts = ArrayPool<long>.Shared.Rent(length);
        var counts = _counts.AsSpan(0, length);
        if (definition.Native is { } options)
        {
            _buckets = ArrayPool<NativeBucket>.Shared.Rent(NativeHistogram.MaxBuckets(options));
            Sum = ((NativeHistogramSeries)series).Read(counts, _buckets, out var native, out var created);
            (Native, Created) = (native, created);
        }
        else
        {
            Sum = series.Read(counts);
            Created = series.Created;
        }

        Counts = counts;
        foreach (var count in counts)
        {
            Count += count;
        }
    }

    /// <summary>The number of measurements.</summary>
    internal long Count { get; }

    internal double Sum { get; }

    /// <summary>When counting began, in seconds since 1970.</summary>
    internal double Created { get; }

    /// <summary>The counts of the classic buckets, not cumulated.</summary>
    internal ReadOnlySpan<long> Counts { get; }

    /// <summary>Resolution and zero bucket of a native histogram.</summary>
    internal NativeReading Native { get; }

    internal ReadOnlySpan<NativeBucket> Positive => _buckets.AsSpan(0, Native.Positive);

    internal ReadOnlySpan<NativeBucket> Negative => _buckets.AsSpan(Native.Positive, Native.Negative);

    public void Dispose()
    {
        ArrayPool<long>.Shared.Return(_counts);
        if (_buckets.Length > 0)
        {
            ArrayPool<NativeBucket>.Shared.Return(_buckets);
        }
    }
}
