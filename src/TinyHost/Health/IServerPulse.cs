// Owns: what a running server tells about its own life, for the stages of its chain and for watchdogs.

namespace TinyHost;

internal interface IServerPulse
{
    /// <summary>True once a stop has begun: the server still lives, but is not ready.</summary>
    bool IsStopping { get; }

    /// <summary>The number of open connections.</summary>
    int OpenConnections { get; }

    /// <summary>The server's own checks: its heartbeat, its accept loop, and the way through its chain.</summary>
    IReadOnlyList<CheckRunner> Checks { get; }

    /// <summary>
    /// Null while the server lives; otherwise each check that failed and why, on one line, with the routes that hold threads. Takes no
    /// longer than the deadline of the checks, 5 s. Throws nothing.
    /// </summary>
    Task<string?> FindFaultAsync();
}
