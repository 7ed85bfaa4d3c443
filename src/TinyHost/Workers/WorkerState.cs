// Owns: the states of a worker process.

namespace TinyHost;

/// <summary>What a worker process does.</summary>
public enum WorkerState
{
    /// <summary>It has been started, and does not accept connections yet.</summary>
    Starting,

    /// <summary>It accepts connections.</summary>
    Ready,

    /// <summary>It no longer accepts connections, and finishes the requests in progress.</summary>
    Draining,
}
