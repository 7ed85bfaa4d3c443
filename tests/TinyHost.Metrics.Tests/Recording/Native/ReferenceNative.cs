// Owns: a reference implementation of native histograms: it keeps every value and recounts for each query.
// Shares only the options with the library.

namespace TinyHost.Metrics.Tests.Recording;

internal sealed class ReferenceNative(NativeHistogramOptions options)
{
    private static readonly double s_leastZero = Math.Pow(2, -128);
    private readonly int _finest = Enumerable.Range(-8, 13).Select(n => -n).Where(
        schema => Factor(schema) <= options.BucketFactor).DefaultIfEmpty(8).Min();
    private readonly List<double> _values = [];
    private TimeSpan _age;
    private int? _schema;

    internal int Schema => _schema ?? _finest;

    internal double ZeroThreshold { get; private set; } = s_leastZero;

    internal int Count => _values.Count;

    internal int Resets { get; private set; }

    internal double Sum => _values.Sum();

    internal int ZeroCount => _values.Count(value => Math.Abs(value) <= ZeroThreshold);

    internal SortedDictionary<int, long> Positive => Buckets(1);

    internal SortedDictionary<int, long> Negative => Buckets(-1);

    private bool MayReset => options.MinResetDuration > TimeSpan.Zero && _age >= options.MinResetDuration;

    private bool IsAboveLimit => Positive.Count + Negative.Count > options.MaxBuckets;

    internal void Record(double value, TimeSpan passed)
    {
        // A series starts with its first value.
        _age += _values.Count > 0 ? passed : TimeSpan.Zero;
        _values.Add(value);
        if (MayReset && (IsAboveLimit || Schema != _finest || ZeroThreshold != s_leastZero))
        {
            _values.RemoveRange(0, _values.Count - 1);
            (_age, _schema, ZeroThreshold) = (TimeSpan.Zero, null, s_leastZero);
            Resets++;
        }

        while (IsAboveLimit)
        {
            var nearest = UpperBound(Positive.Keys.Concat(Negative.Keys).Min());
            if (nearest <= options.MaxZeroThreshold)
            {
                ZeroThreshold = nearest;
            }
            else if (Schema > -4)
            {
                _schema = Schema - 1;
            }
            else
            {
                return;
            }
        }
    }

    private SortedDictionary<int, long> Buckets(int sign) => new(_values
        .Where(value => Math.Sign(double.IsNaN(value) ? 0 : value) == sign && Math.Abs(value) > ZeroThreshold)
        .GroupBy(value => IndexOf(Math.Abs(value)))
        .ToDictionary(bucket => bucket.Key, bucket => bucket.LongCount()));

    private static double Factor(int schema) => Math.Pow(2, Math.Pow(2, -schema));

    // The logarithm may be off by one: adjust it to the right bucket.
    private int IndexOf(double value)
    {
        if (double.IsInfinity(value))
        {
            return IndexOf(double.MaxValue) + 1;
        }

        var index = (int)Math.Ceiling(Math.Log2(value) * Math.Pow(2, Schema));
        while (value > UpperBound(index))
        {
            index++;
        }

        while (value <= UpperBound(index - 1))
        {
            index--;
        }

        return index;
    }

    private double UpperBound(int index)
    {
        var log = index * Math.Pow(2, -Schema);
        var whole = Math.Floor(log);
        return whole >= 1_024 ? (log > 1_024 ? double.PositiveInfinity : double.MaxValue) : Math.Pow(2, log - whole) * Math.Pow(2, whole);
    }
}
