// Owns: the figures of a run of wrk, or of another client.

using System.Globalization;
using System.Text.RegularExpressions;

namespace TinyHost.Bench.Measuring;

/// <summary>The figures of one run of wrk, or of another client that measures the same. Latencies are in milliseconds.</summary>
internal sealed partial record WrkOutput(
    long Requests, double RequestsPerSecond, double P50, double P99, long SocketErrors, long NotSuccessful)
{
    /// <summary>Sums up the latencies of all responses, in milliseconds. Throws <see cref="BenchException"/> if there are none.</summary>
    public static WrkOutput Of(IEnumerable<double> latencies, TimeSpan elapsed)
    {
        var sorted = latencies.Order().ToArray();
        return sorted.Length == 0
            ? throw new BenchException("no response has come.")
            : new WrkOutput(
                sorted.Length,
                sorted.Length / elapsed.TotalSeconds,
                sorted[sorted.Length / 2],
                sorted[(int)(sorted.Length * 0.99)],
                SocketErrors: 0,
                NotSuccessful: 0);
    }

    /// <summary>Parses the output of <c>wrk --latency</c>. Throws <see cref="BenchException"/> if it is incomplete.</summary>
    public static WrkOutput Parse(string output) => new(
        long.Parse(Find(RequestsLine(), output), CultureInfo.InvariantCulture),
        double.Parse(Find(RateLine(), output), CultureInfo.InvariantCulture),
        Milliseconds(Find(MedianLine(), output)),
        Milliseconds(Find(TailLine(), output)),
        SocketErrorsLine().Match(output) is { Success: true } errors
            ? errors.Groups.Values.Skip(1).Sum(group => long.Parse(group.Value, CultureInfo.InvariantCulture))
            : 0,
        NotSuccessfulLine().Match(output) is { Success: true } others
            ? long.Parse(others.Groups[1].Value, CultureInfo.InvariantCulture)
            : 0);

    /// <summary>Parses a time as wrk writes it: 850.00us, 1.31ms, 2.05s, 1.50m.</summary>
    public static double Milliseconds(string text)
    {
        var unit = text.TrimStart("0123456789.".ToCharArray());
        var number = double.Parse(text.AsSpan(0, text.Length - unit.Length), CultureInfo.InvariantCulture);
        return unit switch
        {
            "us" => number / 1_000,
            "ms" => number,
            "s" => number * 1_000,
            "m" => number * 60_000,
            _ => throw new BenchException($"wrk wrote a time in an unknown unit: '{text}'."),
        };
    }

    private static string Find(Regex line, string output) =>
        line.Match(output) is { Success: true } match
            ? match.Groups[1].Value
            : throw new BenchException($"wrk's output has no match for '{line}'. It was: {output.ReplaceLineEndings(" ")}");

    [GeneratedRegex(@"^\s*(\d+) requests in ", RegexOptions.Multiline)]
    private static partial Regex RequestsLine();

    [GeneratedRegex(@"^Requests/sec:\s+([\d.]+)", RegexOptions.Multiline)]
    private static partial Regex RateLine();

    [GeneratedRegex(@"^\s+50%\s+(\S+)", RegexOptions.Multiline)]
    private static partial Regex MedianLine();

    [GeneratedRegex(@"^\s+99%\s+(\S+)", RegexOptions.Multiline)]
    private static partial Regex TailLine();

    [GeneratedRegex(@"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")]
    private static partial Regex SocketErrorsLine();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex NotSuccessfulLine();
}
