// Owns: writing, as records, what a worker tells its parent when asked: the series that are not in shared memory, and all exemplars.

namespace TinyHost.Metrics;

/// <summary>Writes families as records.</summary>
internal sealed class SnapshotWriter(RecordWriter output)
{
    private int _families;
    private int _series;

    internal void Write(MetricFamily family)
    {
        var isDescribed = false;
        foreach (var series in family.Series)
        {
            if (series is null)
            {
                break;
            }

            if (series.Shared is { } shared)
            {
                WriteExemplars(series, isShared: true, shared.Number);
            }
            else if (series.IsPresent)
            {
                if (!isDescribed)
                {
                    output.WriteFamily(SharedFactory.Describe(family.Definition, NativeBuckets(family)));
                    _families++;
                    isDescribed = true;
                }

                WriteSeries(family, series);
                WriteExemplars(series, isShared: false, _series++);
            }
        }
    }

    private static int NativeBuckets(MetricFamily family) =>
        family.Definition.Native is { } options ? NativeHistogram.MaxBuckets(options) : 0;

    private void WriteSeries(MetricFamily family, Series series)
    {
        if (series is HistogramSeries histogram)
        {
            WriteHistogram(family, histogram);
        }
        else
        {
            output.BeginSeries(_families - 1, SharedFormat.ScalarWords, series.Created);
            output.Add(0L);
            output.Add(((ScalarSeries)series).Value);
        }

        output.Add(series.Labels.Tags);
        output.End();
    }

    private void WriteHistogram(MetricFamily family, HistogramSeries series)
    {
        var capacity = NativeBuckets(family);
        using var reading = new HistogramReading(family.Definition, series);
        output.BeginSeries(_families - 1, SharedFormat.HistogramWords(reading.Counts.Length, capacity), reading.Created);
        output.Add(0L);
        output.Add(reading.Sum);
        foreach (var count in reading.Counts)
        {
            output.Add(count);
        }

        if (capacity > 0)
        {
            output.Add(0L);
            WriteNative(in reading, capacity);
            output.AddZeros(SharedFormat.NativeWords(capacity));
        }
    }

    private void WriteNative(in HistogramReading reading, int capacity)
    {
        output.Add((long)reading.Native.Schema);
        output.Add(reading.Native.ZeroThreshold);
        output.Add(reading.Native.ZeroCount);
        output.Add((long)reading.Positive.Length);
        output.Add((long)reading.Negative.Length);
        WriteBuckets(reading.Positive);
        WriteBuckets(reading.Negative);
        output.AddZeros(2 * (capacity - reading.Positive.Length - reading.Negative.Length));
    }

    private void WriteBuckets(ReadOnlySpan<NativeBucket> buckets)
    {
        foreach (var (index, count) in buckets)
        {
            output.Add((long)index);
            output.Add(count);
        }
    }

    private void WriteExemplars(Series series, bool isShared, int number)
    {
        if (series.Exemplars is not { } slots)
        {
            return;
        }

        for (var slot = 0; slot < series.ExemplarCount; slot++)
        {
            var dropped = default(KeptTags.Buffer);
            if (slots.TryRead(slot, out var exemplar, dropped))
            {
                output.Begin(RecordKind.Exemplar, isShared ? 1 : 0, number, slot);
                output.Add(exemplar.Value);
                output.Add(exemplar.Time);
                output.Add(exemplar.TraceId);
                output.Add(exemplar.SpanId);
                output.Add(TagsOf(dropped));
                output.End();
            }
        }
    }

    private static KeyValuePair<string, string>[] TagsOf(ReadOnlySpan<KeyValuePair<string, object?>> dropped)
    {
        var count = 0;
        while (count < dropped.Length && dropped[count].Key is not null)
        {
            count++;
        }

        var tags = new KeyValuePair<string, string>[count];
        for (var i = 0; i < count; i++)
        {
            tags[i] = new(dropped[i].Key, TagText.ValueOf(dropped[i].Value));
        }

        return tags;
    }
}
