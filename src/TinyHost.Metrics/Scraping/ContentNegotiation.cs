// Owns: the format and the coding a scraper gets, by its Accept and Accept-Encoding fields.
// Sources: RFC 9110 §5.6.1, §5.6.6, §12.4.2, §12.5.1, §12.5.3; Prometheus, "Content Negotiation".

using System.Globalization;

namespace TinyHost.Metrics;

/// <summary>
/// The members of <c>Accept</c> or <c>Accept-Encoding</c>. Malformed fields are read as well as possible: a weight above 1 is 1, and a
/// member with a malformed weight is skipped.
/// </summary>
internal ref struct AcceptList(ReadOnlySpan<char> field)
{
    private ReadOnlySpan<char> _rest = field;

    /// <summary>The member without its parameters.</summary>
    internal ReadOnlySpan<char> Name { get; private set; }

    /// <summary>The parameters of the member, for <see cref="Parameter"/>.</summary>
    internal ReadOnlySpan<char> Parameters { get; private set; }

    /// <summary>The weight of the member, 0 to 1.</summary>
    internal double Weight { get; private set; }

    /// <summary>The first parameter of that name, without quotes; empty if there is none.</summary>
    internal static ReadOnlySpan<char> Parameter(ReadOnlySpan<char> parameters, ReadOnlySpan<char> name)
    {
        while (!parameters.IsEmpty)
        {
            var value = Take(ref parameters, ';');
            var found = Take(ref value, '=').Trim(" \t");
            if (found.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value.Trim(" \t").Trim('"');
            }
        }

        return default;
    }

    internal bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            var member = Take(ref _rest, ',');
            Name = Take(ref member, ';').Trim(" \t");
            Parameters = member;
            var weight = Parameter(Parameters, "q");
            double value = 1;
            if (Name.IsEmpty
                || (!weight.IsEmpty && !double.TryParse(weight, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)))
            {
                continue;
            }

            Weight = Math.Min(value, 1);
            return true;
        }

        return false;
    }

    // Separators in quoted strings do not count.
    private static ReadOnlySpan<char> Take(scoped ref ReadOnlySpan<char> rest, char separator)
    {
        var isQuoted = false;
        for (var i = 0; i < rest.Length; i++)
        {
            if (rest[i] == '\\' && isQuoted)
            {
                i++;
            }
            else if (rest[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (rest[i] == separator && !isQuoted)
            {
                var taken = rest[..i];
                rest = rest[(i + 1)..];
                return taken;
            }
        }

        var all = rest;
        rest = default;
        return all;
    }
}

internal static class ContentNegotiation
{
    /// <summary>
    /// The format with the greatest weight in the field, the first among equals. Wildcards choose nothing: a scraper that names no known
    /// format gets text 0.0.4, which every scraper reads. Formats that are not on offer are skipped.
    /// </summary>
    /// <param name="accept">The field.</param>
    /// <param name="underscores">Whether names have underscores whatever the scraper accepts.</param>
    /// <param name="isOnOffer">Whether a format is on offer; null for all.</param>
    internal static ExpositionType ChooseFormat(ReadOnlySpan<char> accept, bool underscores, Predicate<ExpositionFormat>? isOnOffer = null)
    {
        ExpositionType? best = null;
        double weight = 0;
        var list = new AcceptList(accept);
        while (list.MoveNext())
        {
            if (list.Weight > weight && Find(list.Name, list.Parameters, underscores) is { } found
                && isOnOffer?.Invoke(found.Format) != false)
            {
                (best, weight) = (found, list.Weight);
            }
        }

        return best ?? ExpositionType.Text004;
    }

    /// <summary>
    /// True if the field allows gzip and does not rank it below identity. If it allows neither, the content is not coded: a scrape never
    /// fails for lack of a coding.
    /// </summary>
    internal static bool AcceptsGzip(ReadOnlySpan<char> acceptEncoding)
    {
        double? gzip = null;
        double? identity = null;
        double? wildcard = null;
        var list = new AcceptList(acceptEncoding);
        while (list.MoveNext())
        {
            if (list.Name.Equals("gzip", StringComparison.OrdinalIgnoreCase)
                || list.Name.Equals("x-gzip", StringComparison.OrdinalIgnoreCase))
            {
                gzip ??= list.Weight;
            }
            else if (list.Name.Equals("identity", StringComparison.OrdinalIgnoreCase))
            {
                identity ??= list.Weight;
            }
            else if (list.Name is "*")
            {
                wildcard ??= list.Weight;
            }
        }

        var weight = gzip ?? wildcard ?? 0;
        return weight > 0 && weight >= (identity ?? 0);
    }

    private static ExpositionType? Find(ReadOnlySpan<char> mediaType, ReadOnlySpan<char> parameters, bool underscores)
    {
        var version = AcceptList.Parameter(parameters, "version");
        if (mediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase))
        {
            return version switch
            {
                "" or "0.0.4" => ExpositionType.Text004,
                "1.0.0" => Escape(TextFormat.Plain, "text/plain; version=1.0.0; charset=utf-8", parameters, underscores),
                _ => null,
            };
        }

        if (mediaType.Equals("application/openmetrics-text", StringComparison.OrdinalIgnoreCase))
        {
            return version switch
            {
                "" or "1.0.0" =>
                    Escape(TextFormat.OpenMetrics, "application/openmetrics-text; version=1.0.0; charset=utf-8", parameters, underscores),
                "2.0.0" or "2.0.0-rc0" => Escape(
                    OpenMetrics2Format.In, "application/openmetrics-text; version=2.0.0; charset=utf-8", parameters, underscores),
                "0.0.1" =>
                    new(TextFormat.OpenMetrics(EscapingScheme.Underscores), "application/openmetrics-text; version=0.0.1; charset=utf-8"),
                _ => null,
            };
        }

        return mediaType.Equals("application/vnd.google.protobuf", StringComparison.OrdinalIgnoreCase)
            && AcceptList.Parameter(parameters, "proto") is "io.prometheus.client.MetricFamily"
            && AcceptList.Parameter(parameters, "encoding").Equals("delimited", StringComparison.OrdinalIgnoreCase)
            ? Escape(
                ProtobufFormat.In,
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
                parameters,
                underscores)
            : null;
    }

    // The content type names the escaping scheme if the scraper asked for one. Prometheus 3.0.0 repeats the parameter; the first one
    // counts.
    private static ExpositionType Escape(
        Func<EscapingScheme, ExpositionFormat> format, string contentType, ReadOnlySpan<char> parameters, bool underscores)
    {
        var asked = AcceptList.Parameter(parameters, "escaping");
        if (asked.IsEmpty)
        {
            return new(format(EscapingScheme.Underscores), contentType);
        }

        var (scheme, name) =
            underscores ? (EscapingScheme.Underscores, "underscores")
            : asked.Equals("allow-utf-8", StringComparison.OrdinalIgnoreCase) ? (EscapingScheme.AllowUtf8, "allow-utf-8")
            : asked.Equals("dots", StringComparison.OrdinalIgnoreCase) ? (EscapingScheme.Dots, "dots")
            : asked.Equals("values", StringComparison.OrdinalIgnoreCase) ? (EscapingScheme.Values, "values")
            : (EscapingScheme.Underscores, "underscores");
        return new(format(scheme), $"{contentType}; escaping={name}");
    }
}
