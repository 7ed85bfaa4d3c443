// Owns: a family in an exporter's text, the names that it takes, and who asks for it.

namespace TinyHost.Metrics;

/// <summary>A family in an exporter's text.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, as in the text.</param>
/// <param name="Text">Its lines, repaired.</param>
/// <param name="Fault">The first invalid line; null if there is none.</param>
internal sealed record ExporterFamily(string Name, string Type, ReadOnlyMemory<byte> Text, string? Fault)
{
    /// <summary>Its own name and those of its samples in all formats: no other family may have one of them.</summary>
    internal string[] Names { get; } = Type switch
    {
        "counter" when MetricName.WithoutSuffix(Name, "_total") is { } counted => [Name, counted, counted + "_created"],
        "counter" => [Name, Name + "_total", Name + "_created"],
        "histogram" => [Name, Name + "_bucket", Name + "_sum", Name + "_count", Name + "_created"],
        "gaugehistogram" => [Name, Name + "_bucket", Name + "_gsum", Name + "_gcount"],
        "summary" => [Name, Name + "_sum", Name + "_count", Name + "_created"],
        "info" => [Name, Name + "_info"],
        _ => [Name],
    };

    /// <summary>Whether a query wants the family; every family if there is no filter.</summary>
    internal bool IsIncludedBy(FamilyFilter? filter) => filter is null || filter.Includes(Name)
        || (Type is "counter" or "info" && Array.Exists(Names, filter.Includes));
}
