// Owns: the columns made from the buckets of a histogram: quantiles, and the buckets themselves.
// Source: Prometheus, histogram_quantile: linear interpolation within a bucket.

using System.Globalization;

namespace TinyHost.Metrics;

/// <summary>The quantiles of a histogram's values in each second, and how many values each bucket counted.</summary>
internal sealed class BucketColumns
{
    // More buckets than a heat map has use for.
    private const int MaxBuckets = 32;

    private static readonly (string Name, double Quantile)[] s_quantiles = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)];

    private readonly History _history;
    private readonly FamilyReader _reader;
    private readonly double[] _boundaries;
    private readonly int[] _quantiles;
    private readonly int[] _buckets = [];

    /// <param name="history">Where the columns are.</param>
    /// <param name="reader">The reader of the histogram.</param>
    /// <param name="quantiles">The chart of the quantiles.</param>
    /// <param name="heat">The chart of the buckets; null for none.</param>
    internal BucketColumns(History history, FamilyReader reader, Chart quantiles, Chart? heat)
    {
        (_history, _reader, _boundaries) = (history, reader, reader.Family.Definition.Boundaries);
        _quantiles = Array.ConvertAll(s_quantiles, quantile => history.Add(quantiles, quantile.Name));
        if (heat is not null && _boundaries.Length is > 0 and < MaxBuckets)
        {
            _buckets =
            [
                .. _boundaries.Select(bound => history.Add(heat, bound.ToString(CultureInfo.InvariantCulture))),
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

    /// <summary>Writes the figures of a second. They stay gaps if the buckets do not tell them.</summary>
    internal void Write()
    {
        if (!_reader.HasIncrements)
        {
            return;
        }

        for (var i = 0; i < _quantiles.Length; i++)
        {
            _history.Set(_quantiles[i], Quantile(s_quantiles[i].Quantile, _reader.Increments, _boundaries));
        }

        for (var i = 0; i < _buckets.Length; i++)
        {
            _history.Set(_buckets[i], _reader.Increments[i]);
        }
    }
}
