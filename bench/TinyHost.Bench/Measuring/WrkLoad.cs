// Owns: what wrk is told to send, and its command line.
// Does not own: running it (Wrk).

using System.Globalization;

namespace TinyHost.Bench.Measuring;

/// <summary>A load: how many connections of how many threads, on which path, with what script of bench/wrk/ and fields.</summary>
internal sealed record WrkLoad(string Path)
{
    public int Threads { get; init; } = 2;

    public int Connections { get; init; } = 64;

    /// <summary>A script that makes the requests; null for plain GET.</summary>
    public string? Script { get; init; }

    /// <summary>Field lines to add, as <c>Name: value</c>.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    public IEnumerable<string> Arguments(int port, int seconds)
    {
        yield return $"-t{Threads.ToString(CultureInfo.InvariantCulture)}";
        yield return $"-c{Connections.ToString(CultureInfo.InvariantCulture)}";
        yield return $"-d{seconds.ToString(CultureInfo.InvariantCulture)}s";
        yield return "--latency";
        yield return "--timeout";
        yield return "30s";
        foreach (var field in Fields)
        {
            yield return "-H";
            yield return field;
        }

        if (Script is not null)
        {
            yield return "-s";
            yield return Script;
        }

        yield return $"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}{Path}";
    }

    /// <summary>What the report says of the client.</summary>
    public override string ToString() => "wrk " + string.Join(' ', Arguments(0, 0).Where(argument => !argument.StartsWith("-d", StringComparison.Ordinal))).Replace("127.0.0.1:0", "…", StringComparison.Ordinal);
}
