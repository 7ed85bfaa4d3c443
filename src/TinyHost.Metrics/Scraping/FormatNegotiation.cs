// Owns: which format a scraper gets, by its Accept field.
// Does not own: reading the field (WeightedList), nor the formats. RFC 9110 §12.5.1; Prometheus, "Content Negotiation".

namespace TinyHost.Metrics;

internal static class FormatNegotiation
{
    /// <summary>
    /// The format with the greatest weight that the field names, of equal ones the first. Wildcards choose nothing: whoever does not name
    /// a format gets text 0.0.4, which everybody reads, and so does who names none that there is. With <paramref name="underscores"/> names
    /// are spelled with underscores whatever the scraper would take. What does not satisfy <paramref name="canWrite"/> is passed over.
    /// </summary>
    internal static ExpositionType Choose(ReadOnlySpan<char> accept, bool underscores, Predicate<ExpositionType>? canWrite = null)
    {
        ExpositionType? best = null;
        double weight = 0;
        var list = new WeightedList(accept);
        while (list.MoveNext())
        {
            if (list.Weight > weight && Find(list.Name, list.Parameters, underscores) is { } found && canWrite?.Invoke(found) != false)
            {
                (best, weight) = (found, list.Weight);
            }
        }

        return best ?? ExpositionType.Text004;
    }

    private static ExpositionType? Find(ReadOnlySpan<char> mediaType, ReadOnlySpan<char> parameters, bool underscores)
    {
        var version = WeightedList.Parameter(parameters, "version");
        if (mediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase))
        {
            return version switch
            {
                "" or "0.0.4" => ExpositionType.Text004,
                "1.0.0" => ExpositionType.Text100(Escaping(parameters, underscores)),
                _ => null,
            };
        }

        if (mediaType.Equals("application/openmetrics-text", StringComparison.OrdinalIgnoreCase))
        {
            return version switch
            {
                "" or "1.0.0" => ExpositionType.OpenMetrics100(Escaping(parameters, underscores)),
                "0.0.1" => ExpositionType.OpenMetrics001,
                _ => null,
            };
        }

        return mediaType.Equals("application/vnd.google.protobuf", StringComparison.OrdinalIgnoreCase)
            && WeightedList.Parameter(parameters, "proto") is "io.prometheus.client.MetricFamily"
            && WeightedList.Parameter(parameters, "encoding").Equals("delimited", StringComparison.OrdinalIgnoreCase)
            ? ExpositionType.Protobuf(Escaping(parameters, underscores))
            : null;
    }

    // Prometheus 3.0.0 repeats the parameter; the first counts.
    private static EscapingScheme? Escaping(ReadOnlySpan<char> parameters, bool underscores)
    {
        var asked = WeightedList.Parameter(parameters, "escaping");
        return asked.IsEmpty ? null
            : underscores ? EscapingScheme.Underscores
            : asked.Equals("allow-utf-8", StringComparison.OrdinalIgnoreCase) ? EscapingScheme.AllowUtf8
            : asked.Equals("dots", StringComparison.OrdinalIgnoreCase) ? EscapingScheme.Dots
            : asked.Equals("values", StringComparison.OrdinalIgnoreCase) ? EscapingScheme.Values
            : EscapingScheme.Underscores;
    }
}
