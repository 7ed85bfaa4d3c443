// Owns: one row of the tables: a server in one way of running it.
// Does not own: which rows there are (ServerRows).

namespace TinyHost.Bench.Servers;

/// <summary>A server to measure. <paramref name="Settings"/> tells the reader of the report how it is set.</summary>
internal sealed record Server(string Title, string Settings, Func<Launch, Command> CommandFor)
{
    /// <summary>TinyHost itself, which the peers are compared with.</summary>
    public bool IsTinyHost { get; init; }

    /// <summary>A mark to see the others by and no server that could be taken in TinyHost's place, so that it is not called ahead.</summary>
    public bool IsMark { get; init; }

    /// <summary>Runs on .NET, so that it is there wherever the project builds.</summary>
    public bool IsDotNet { get; init; }

    /// <summary>
    /// Says so in a line of its output when it listens, and is asked nothing before: HttpListener dies of a client that connects while it starts.
    /// </summary>
    public bool SaysReady { get; init; }

    /// <summary>The file without which the server cannot be started; null when it comes from a package that bench/run installs.</summary>
    public string? Needs { get; init; }
}
