// Owns: whether a scraper gets its exposition compressed, by its Accept-Encoding field. RFC 9110 §12.5.3.
// Does not own: reading the field (WeightedList), nor compressing (GzipOutput).

namespace TinyHost.Metrics;

internal static class CodingNegotiation
{
    /// <summary>
    /// True when the field allows gzip and does not rank it below no coding at all. Where it allows neither the answer is not compressed:
    /// a scrape never fails for want of a coding.
    /// </summary>
    internal static bool TakesGzip(ReadOnlySpan<char> acceptEncoding)
    {
        double? gzip = null;
        double? identity = null;
        double? others = null;
        var list = new WeightedList(acceptEncoding);
        while (list.MoveNext())
        {
            if (list.Name.Equals("gzip", StringComparison.OrdinalIgnoreCase) || list.Name.Equals("x-gzip", StringComparison.OrdinalIgnoreCase))
            {
                gzip ??= list.Weight;
            }
            else if (list.Name.Equals("identity", StringComparison.OrdinalIgnoreCase))
            {
                identity ??= list.Weight;
            }
            else if (list.Name is "*")
            {
                others ??= list.Weight;
            }
        }

        var weight = gzip ?? others ?? 0;
        return weight > 0 && weight >= (identity ?? 0);
    }
}
