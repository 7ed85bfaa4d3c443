// Owns: what every peer records and exposes: tag sets, bounds, values. Others/exposition.go and Others/exposition.py repeat it.

namespace TinyHost.Metrics.Benchmarks;

internal static class Workload
{
    internal const string MeterName = "Benchmark";
    internal const string Family = "request_duration_seconds";
    internal const string Help = "Duration of requests.";

    /// <summary>The number of exposed histograms.</summary>
    internal const int Histograms = 10_000;

    /// <summary>The number of measurements per histogram.</summary>
    internal const int Measurements = 200;

    /// <summary>The maximum number of tag sets to cycle through while recording.</summary>
    internal const int MaxRecordedSets = 64;

    /// <summary>The names of the three tags.</summary>
    internal static readonly string[] TagNames = ["method", "path", "code"];

    /// <summary>The bounds recommended by OpenTelemetry's semantic conventions for HTTP servers.</summary>
    internal static readonly double[] Boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    /// <summary>The recorded values: durations from 1 ms to 4 s in an unpredictable order. Their number is a power of two.</summary>
    internal static readonly double[] RecordedValues =
        [.. Enumerable.Range(0, 4_096).Select(i => 0.001 * Math.Pow(2, i * i % 4_093 * 12.0 / 4_093))];

    private static readonly string[] s_methods = ["GET", "POST", "PUT", "DELETE"];
    private static readonly string[] s_codes = ["200", "201", "404", "500"];

    /// <summary>Returns the three tag values of a series.</summary>
    internal static string[] TagValues(int series) => [s_methods[series % 4], $"/{series / 16}", s_codes[series / 4 % 4]];

    /// <summary>Returns the n-th measurement of a series, in seconds.</summary>
    internal static double Value(int series, int n) => ((series * 31) + (n * 97)) % 12_000 / 1_000.0;
}
