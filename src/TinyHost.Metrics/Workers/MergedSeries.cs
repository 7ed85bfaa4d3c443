// Owns: adding up the series of several workers that have the same labels.

namespace TinyHost.Metrics;

/// <summary>What workers have counted under the same labels.</summary>
internal sealed class MergedSeries(GaugeAggregation rule)
{
    private readonly List<(double[] Boundaries, SeriesValue Value)> _histograms = [];
    private readonly Dictionary<int, (Exemplar Exemplar, KeyValuePair<string, object?>[] Dropped)> _exemplars = [];
    private long _integers;
    private double _number;
    private bool _hasNumber;
    private double _created = double.NaN;

    /// <summary>Whether a worker that lives, or ended without removing it, has the series.</summary>
    internal bool IsPresent { get; private set; }

    /// <summary>Adds the value of one worker; those of workers started later come first.</summary>
    internal void Add(SharedFamily family, SeriesValue value, double created, bool isPresent)
    {
        IsPresent |= isPresent;
        _created = double.IsNaN(_created) ? created : Math.Min(_created, double.IsNaN(created) ? _created : created);
        if (family.Kind == InstrumentKind.Histogram)
        {
            _histograms.Add((family.Boundaries, value));
            return;
        }

        _integers += value.Integers;
        _number = !_hasNumber ? value.Number
            : family.Kind.IsMonotonic() || rule == GaugeAggregation.Sum ? _number + value.Number
            : rule == GaugeAggregation.Max ? Math.Max(_number, value.Number)
            : rule == GaugeAggregation.Min ? Math.Min(_number, value.Number)
            : _number;
        _hasNumber = true;
    }

    /// <summary>Adds an exemplar; the latest of its slot counts.</summary>
    internal void Add(int slot, in Exemplar exemplar, KeyValuePair<string, object?>[] dropped)
    {
        if (!_exemplars.TryGetValue(slot, out var held) || !(held.Exemplar.Time >= exemplar.Time))
        {
            _exemplars[slot] = (exemplar, dropped);
        }
    }

    /// <summary>Records everything into a new series of the merged family.</summary>
    internal void WriteTo(Series series, SharedFamily family)
    {
        if (series is HistogramSeries histogram)
        {
            foreach (var (boundaries, value) in _histograms)
            {
                Write(histogram, family, boundaries, value);
            }
        }
        else if (series is not InfoSeries)
        {
            WriteScalar(series);
        }

        if (!double.IsNaN(_created))
        {
            series.Created = _created;
        }

        // Slots are those of buckets.
        if (!_histograms.TrueForAll(part => part.Boundaries.AsSpan().SequenceEqual(family.Boundaries)))
        {
            return;
        }

        foreach (var (slot, (exemplar, dropped)) in _exemplars)
        {
            ExemplarSlots.Put(series, slot, exemplar, dropped);
        }
    }

    private void WriteScalar(Series series)
    {
        // A counter beyond the range of a long goes on as a number.
        if (_integers >= 0)
        {
            series.Record(_integers);
        }
        else
        {
            series.Record((double)(ulong)_integers);
        }

        if (series is GaugeSeries || _number != 0)
        {
            series.Record(_number);
        }
    }

    private static void Write(HistogramSeries series, SharedFamily family, double[] boundaries, SeriesValue value)
    {
        series.Add(BucketBounds.Map(value.Counts, boundaries, family.Boundaries), value.Number);
        if (series is NativeHistogramSeries native)
        {
            WriteNative(native, value);
        }
    }

    // A worker that was killed between two writes, or wrote anything, may have counted a measurement in one kind of buckets only, for which
    // Prometheus would reject the scrape.
    private static void WriteNative(NativeHistogramSeries series, SeriesValue value)
    {
        var buckets = value.NativeBuckets ?? [];
        var missing = -value.Native.ZeroCount;
        Array.ForEach(value.Counts, count => missing += count);
        Array.ForEach(buckets, bucket => missing -= bucket.Count);
        var reading = value.NativeBuckets is null
            ? new NativeReading(NativeSchema.Finest, 0, 0, 0, 0)
            : value.Native;
        if (missing > 0 && !double.IsNaN(value.Number))
        {
            reading = reading with { ZeroCount = reading.ZeroCount + missing };
        }

        series.Add(reading, buckets);
        if (missing < 0)
        {
            series.AddToLast(-missing);
        }
    }
}
