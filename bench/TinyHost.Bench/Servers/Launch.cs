// Owns: what a server is told when it is started, and the command line that tells it.
// Does not own: starting it (RunningServer).

namespace TinyHost.Bench.Servers;

/// <summary>Where a server is to listen, how many series it is to expose, and a directory of its own for its files.</summary>
internal sealed record Launch(int Port, int MetricsPort, int Series, string Directory);

/// <summary>A program, its arguments, and what it has in its environment besides the driver's own.</summary>
internal sealed record Command(string Program, IReadOnlyList<string> Arguments)
{
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where it is started; null for where the driver was.</summary>
    public string? Directory { get; init; }
}
