// Owns: the seam for what happens to a connection between its acceptance and HTTP.

namespace TinyHost;

/// <summary>
/// One step, such as reading a PROXY header. A listener's steps run in order, in the connection's own task. One object serves all
/// connections of its prefix. A listener without steps costs its connections nothing.
/// </summary>
internal abstract class ConnectionOpener
{
    /// <summary>
    /// The server starts: loads what the step needs. Throws <see cref="ServerStartException"/> if something is wrong with it.
    /// </summary>
    internal virtual void Start(OpenerStart server)
    {
    }

    /// <summary>The server has stopped, or its start has failed.</summary>
    internal virtual void Stop()
    {
    }

    /// <summary>
    /// Opens a connection, and may change its transport and its end points. Returns null when the next step may follow, or why the
    /// connection is refused. Throws <see cref="IOException"/> when the connection is lost or has to end.
    /// </summary>
    internal abstract ValueTask<OpeningRefusal?> OpenAsync(ConnectionOpening opening);

    /// <summary>Whether the other step treats connections alike, so that two prefixes can share a socket.</summary>
    internal abstract bool IsSameAs(ConnectionOpener other);
}

/// <summary>Why a connection is refused.</summary>
/// <param name="Reason">For the metrics, in snake case.</param>
/// <param name="Words">For the log: a clause.</param>
internal sealed record OpeningRefusal(string Reason, string Words);
