// Owns: the columns made from the buckets of a histogram: quantiles, and the buckets themselves.
// Source: Prometheus, histogram_quantile: linear interpolation within a bucket.

using System.Globalization;

namespace TinyHost.Metrics;

/// <summary>The quantiles of a histogram's values in each second, and how many values each bucket counted.</summary>
internal sealed class BucketColumns
{
    // The most rows of a heat map. With more buckets, several share a row.
    private const int MaxRows = 31;

    private static readonly (string Name, double Quantile)[] s_quantiles = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)];

    private readonly History _history;
    private readonly double[] _boundaries;
    private readonly long[] _counts;
    private readonly int[] _quantiles;
    private readonly int[] _rows = [];
    private readonly int _share;
    private bool _isKnown = true;

    /// <param name="history">Where the columns are.</param>
    /// <param name="boundaries">The upper bounds of the buckets; empty if there is nothing to show.</param>
    /// <param name="quantiles">The chart of the quantiles.</param>
    /// <param name="heat">The chart of the buckets; null for none.</param>
    internal BucketColumns(History history, double[] boundaries, Chart quantiles, Chart? heat)
    {
        (_history, _boundaries, _counts) = (history, boundaries, new long[boundaries.Length + 1]);
        _quantiles = Array.ConvertAll(s_quantiles, quantile => history.Add(quantiles, quantile.Name));
        _share = (boundaries.Length + MaxRows - 1) / MaxRows;
        if (heat is not null && boundaries.Length > 0)
        {
            var bounds = boundaries.Where((_, index) => index % _share == _share - 1 || index == boundaries.Length - 1);
            _rows =
            [
                .. bounds.Select(bound => history.Add(heat, bound.ToString("G6", CultureInfo.InvariantCulture))),
                history.Add(heat, "+Inf"),
            ];
        }
    }

    /// <summary>
    /// The value below which this part of the values lies, by the counts of buckets with these upper bounds and one without a bound; NaN if
    /// nothing was counted or there are no bounds.
    /// </summary>
    internal static double Quantile(double part, ReadOnlySpan<long> counts, ReadOnlySpan<double> boundaries)
    {
        long total = 0;
        foreach (var count in counts)
        {
            total += count;
        }

        if (total == 0 || boundaries.Length == 0)
        {
            return double.NaN;
        }

        var rank = part * total;
        for (var i = 0; i < boundaries.Length; i++)
        {
            if (counts[i] >= rank && counts[i] > 0)
            {
                var lower = i > 0 ? boundaries[i - 1] : Math.Min(boundaries[0], 0);
                return lower + ((boundaries[i] - lower) * (rank / counts[i]));
            }

            rank -= counts[i];
        }

        return boundaries[^1];
    }

    /// <summary>Adds what the buckets of a reader counted. Without a known reading the second stays a gap.</summary>
    internal void Add(bool isKnown, ReadOnlySpan<long> increments)
    {
        _isKnown &= isKnown;
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += increments[i];
        }
    }

    /// <summary>Writes the figures of a second, unless they are not known, and starts the next.</summary>
    internal void Write(bool isGap)
    {
        if (_isKnown && !isGap)
        {
            for (var i = 0; i < _quantiles.Length; i++)
            {
                _history.Set(_quantiles[i], Quantile(s_quantiles[i].Quantile, _counts, _boundaries));
            }

            for (var i = 0; i < _rows.Length; i++)
            {
                var (bucket, end) = i == _rows.Length - 1
                    ? (_boundaries.Length, _counts.Length)
                    : (i * _share, Math.Min((i + 1) * _share, _boundaries.Length));
                long count = 0;
                for (; bucket < end; bucket++)
                {
                    count += _counts[bucket];
                }

                _history.Set(_rows[i], count);
            }
        }

        Array.Clear(_counts);
        _isKnown = true;
    }
}
