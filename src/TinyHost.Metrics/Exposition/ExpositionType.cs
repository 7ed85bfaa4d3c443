// Owns: the media types of expositions: a format and its Content-Type.
// Does not own: which of them a scraper gets (FormatNegotiation).
// Source: Prometheus, "Content Negotiation".

namespace TinyHost.Metrics;

/// <summary>A format as it is named in HTTP.</summary>
internal sealed class ExpositionType
{
    private static readonly ExpositionType[] s_text = Schemes(TextFormat.Plain, "text/plain; version=1.0.0; charset=utf-8");
    private static readonly ExpositionType[] s_openMetrics = Schemes(TextFormat.OpenMetrics, "application/openmetrics-text; version=1.0.0; charset=utf-8");

    // As client_golang spells it.
    private static readonly ExpositionType[] s_protobuf =
        Schemes(ProtobufFormat.In, "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited");

    private ExpositionType(ExpositionFormat format, string contentType) => (Format, ContentType) = (format, contentType);

    /// <summary>What every Prometheus server reads.</summary>
    internal static ExpositionType Text004 { get; } = new(TextFormat.Instance, "text/plain; version=0.0.4; charset=utf-8");

    internal static ExpositionType OpenMetrics001 { get; } =
        new(TextFormat.OpenMetrics(EscapingScheme.Underscores), "application/openmetrics-text; version=0.0.1; charset=utf-8");

    internal ExpositionFormat Format { get; }

    internal string ContentType { get; }

    /// <summary>Text 1.0.0. The scheme is told when the scraper asked for one.</summary>
    internal static ExpositionType Text100(EscapingScheme? escaping) => s_text[Index(escaping)];

    /// <summary>OpenMetrics 1.0.0. The scheme is told when the scraper asked for one.</summary>
    internal static ExpositionType OpenMetrics100(EscapingScheme? escaping) => s_openMetrics[Index(escaping)];

    /// <summary>Protobuf, delimited. The scheme is told when the scraper asked for one.</summary>
    internal static ExpositionType Protobuf(EscapingScheme? escaping) => s_protobuf[Index(escaping)];

    private static int Index(EscapingScheme? escaping) => escaping is null ? 0 : 1 + (int)escaping;

    private static ExpositionType[] Schemes(Func<EscapingScheme, ExpositionFormat> format, string contentType) =>
    [
        new(format(EscapingScheme.Underscores), contentType),
        new(format(EscapingScheme.Underscores), contentType + "; escaping=underscores"),
        new(format(EscapingScheme.Dots), contentType + "; escaping=dots"),
        new(format(EscapingScheme.Values), contentType + "; escaping=values"),
        new(format(EscapingScheme.AllowUtf8), contentType + "; escaping=allow-utf-8"),
    ];
}
