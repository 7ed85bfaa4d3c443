// Owns: counting the requests of a host's servers for the console, from the metrics that the servers record.

using System.Diagnostics.Metrics;

namespace TinyHost;

/// <summary>Requests to monitoring ports are not among them. Any thread records; one at a time reads.</summary>
internal sealed class RequestTally : IDisposable
{
    // Durations in microseconds, eight buckets for each power of two: a quantile is at most 9 % too high.
    private const int BucketsPerDoubling = 8;
    private const int BucketCount = 32 * BucketsPerDoubling;

    private readonly MeterListener _listener = new();
    private readonly long[] _buckets = new long[BucketCount];
    private readonly long[] _seen = new long[BucketCount];
    private long _requests;
    private long _errors;

    /// <param name="factory">The meters' factory of the host; null for none. Other hosts of the process are not counted.</param>
    internal RequestTally(IMeterFactory? factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Name: "http.server.request.duration", Meter.Name: "TinyHost" }
                && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) => Record(seconds, tags));
        _listener.Start();
    }

    /// <summary>The number of requests that have ended.</summary>
    internal long Requests => Interlocked.Read(ref _requests);

    /// <summary>How many of them failed: exceptions, and statuses of 500 or more.</summary>
    internal long Errors => Interlocked.Read(ref _errors);

    public void Dispose() => _listener.Dispose();

    /// <summary>The 99th percentile of the durations since the last call; null if no request has ended.</summary>
    internal TimeSpan? TakeP99()
    {
        var counts = new long[BucketCount];
        var total = 0L;
        for (var i = 0; i < BucketCount; i++)
        {
            var count = Interlocked.Read(ref _buckets[i]);
            (counts[i], _seen[i]) = (count - _seen[i], count);
            total += counts[i];
        }

        var above = total / 100;
        for (var i = BucketCount - 1; i >= 0; i--)
        {
            above -= counts[i];
            if (above < 0)
            {
                return TimeSpan.FromMicroseconds(Math.Pow(2, (i + 1.0) / BucketsPerDoubling) - 1);
            }
        }

        return null;
    }

    internal void Record(double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var bucket = (int)(Math.Log2((Math.Max(seconds, 0) * 1e6) + 1) * BucketsPerDoubling);
        Interlocked.Increment(ref _buckets[Math.Min(bucket, BucketCount - 1)]);
        Interlocked.Increment(ref _requests);
        foreach (var tag in tags)
        {
            if (tag.Key == "error.type")
            {
                Interlocked.Increment(ref _errors);
            }
        }
    }
}
