// Owns: what is known of a family in an exporter's text.
// Does not own: finding it there (ExporterReader).

namespace TinyHost.Metrics;

/// <summary>A family an exporter wrote.</summary>
/// <param name="Name">Its name, as the text has it.</param>
/// <param name="Type">Its type, as the text spells it.</param>
/// <param name="Text">Its lines.</param>
/// <param name="Fault">The first line that must not stand there; null when all may.</param>
internal sealed record ExporterFamily(string Name, string Type, ReadOnlyMemory<byte> Text, string? Fault)
{
    /// <summary>What its samples may be called in one of the formats, and its own name: names no other family may have.</summary>
    internal string[] Names { get; } = NamesOf(Name, Type);

    internal static string[] NamesOf(string name, string type) => type switch
    {
        "counter" when MetricName.WithoutSuffix(name, "_total") is { } counted => [name, counted, counted + "_created"],
        "counter" => [name, name + "_total", name + "_created"],
        "histogram" => [name, name + "_bucket", name + "_sum", name + "_count", name + "_created"],
        "gaugehistogram" => [name, name + "_bucket", name + "_gsum", name + "_gcount"],
        "summary" => [name, name + "_sum", name + "_count", name + "_created"],
        "info" => [name, name + "_info"],
        _ => [name],
    };
}
