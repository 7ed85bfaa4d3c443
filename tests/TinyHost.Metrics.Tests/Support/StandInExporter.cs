// Owns: an exporter that writes text given by a test.

using System.Text;
using TinyHost.Metrics;

namespace TinyHost.Metrics.Tests.Support;

/// <summary>Writes a separate text for each format; null for OpenMetrics means that the format is not supported.</summary>
internal sealed class StandInExporter(string text, string? openMetrics = null) : IMetricsExporter
{
    private int _runs;

    public string Name { get; init; } = "stand-in";

    public bool WritesOpenMetrics => openMetrics is not null;

    public bool IsVerbatimAlone { get; init; }

    /// <summary>The origin of a family by its name and HELP text.</summary>
    internal Func<string, string, ExporterFamilyOrigin> Origin { get; init; } = (_, _) => ExporterFamilyOrigin.Application;

    /// <summary>Runs before anything is written.</summary>
    internal Func<CancellationToken, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>The number of runs.</summary>
    internal int Runs => Volatile.Read(ref _runs);

    public ExporterFamilyOrigin OriginOf(string family, string help) => Origin(family, help);

    public async Task WriteAsync(Stream output, ExporterFormat format, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _runs);
        await Before(cancellationToken);
        var bytes = Encoding.Latin1.GetBytes(format == ExporterFormat.OpenMetrics ? openMetrics! : text);
        var half = bytes.Length / 2;
        output.Write(bytes, 0, half);
        await output.WriteAsync(bytes.AsMemory(half), cancellationToken);
        await output.FlushAsync(cancellationToken);
    }
}
