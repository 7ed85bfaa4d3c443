// Owns: an exporter that writes what a test says.

using System.Text;
using TinyHost.Metrics;

namespace TinyHost.Metrics.Tests.Support;

/// <summary>Writes a text of its own for each format; one that has none for OpenMetrics cannot write it.</summary>
internal sealed class StandInExporter(string text, string? openMetrics = null) : IMetricsExporter
{
    private int _runs;

    public string Name { get; init; } = "stand-in";

    public bool WritesOpenMetrics => openMetrics is not null;

    /// <summary>What is done before anything is written.</summary>
    internal Func<CancellationToken, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>How often it was asked.</summary>
    internal int Runs => Volatile.Read(ref _runs);

    public async Task WriteAsync(Stream output, ExporterFormat format, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _runs);
        await Before(cancellationToken);
        var octets = Encoding.Latin1.GetBytes(format == ExporterFormat.OpenMetrics ? openMetrics! : text);
        var half = octets.Length / 2;
        output.Write(octets, 0, half);
        await output.WriteAsync(octets.AsMemory(half), cancellationToken);
        await output.FlushAsync(cancellationToken);
    }
}
