// Owns: the load that wrk generates, and its command line.

using System.Globalization;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

/// <summary>A load on one path.</summary>
internal sealed record WrkLoad(string Path) : ILoad
{
    public int Threads { get; init; } = 2;

    public int Connections { get; init; } = 64;

    /// <summary>The script in bench/wrk/ that generates the requests; null for plain GET.</summary>
    public string? Script { get; init; }

    /// <summary>The arguments of the script.</summary>
    public IReadOnlyList<string> ScriptArguments { get; init; } = [];

    /// <summary>Additional field lines, as <c>Name: value</c>.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    public Task<WrkOutput> RunAsync(RunningServer server, int seconds, CancellationToken cancellationToken) =>
        Wrk.RunAsync(this, server.Scheme, server.Port, seconds, cancellationToken);

    public IEnumerable<string> Arguments(int port, int seconds, string scheme = "http")
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

        yield return $"{scheme}://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}{Path}";
        foreach (var argument in ScriptArguments)
        {
            yield return argument;
        }
    }

    /// <summary>The command line for the report, without port and duration.</summary>
    public override string ToString()
    {
        var arguments = Arguments(0, 0).Where(argument => !argument.StartsWith("-d", StringComparison.Ordinal));
        return "wrk " + string.Join(' ', arguments).Replace("127.0.0.1:0", "…", StringComparison.Ordinal);
    }
}
