// Owns: how a stage that is more than a function takes part in its server's life.
// Does not own: the chain, which stays a Func<RequestContext, Task>: the server finds stages as the targets of the delegates it runs.

using System.Net;

namespace TinyHost;

/// <summary>
/// A stage of the chain that wants to know when its server starts and stops. The server looks at the target of the delegate it was given,
/// and at <see cref="Inner"/> of what it finds, once at start. A lambda around a stage hides it, unless a <see cref="Pipeline"/> folded it in.
/// </summary>
public interface IStage
{
    /// <summary>The delegates this stage hands requests on to.</summary>
    IEnumerable<Func<RequestContext, Task>> Inner { get; }

    /// <summary>
    /// A port that this stage answers alone, for monitoring: connections are kept back for it
    /// (<see cref="ServerLimits.ReservedConnections"/>). Null, the default, for none.
    /// </summary>
    int? MonitoringPort => null;

    /// <summary>The server is bound and about to accept. Throwing fails its start, and the message reaches the user.</summary>
    void Starting(IReadOnlyList<IPEndPoint> endPoints)
    {
    }

    /// <summary>
    /// The server has stopped: every connection is closed. It is called once for each <see cref="Starting"/> that returned, also when a later
    /// stage fails the start. An exception is logged and goes no further.
    /// </summary>
    void Stopped()
    {
    }

    /// <summary>
    /// The server could not be started, before <see cref="Starting"/> returned, or is disposed without having been started; or the chain could
    /// not be folded. The stage gives up what it has held since it was made. The server may be started again. An exception is logged and goes no
    /// further.
    /// </summary>
    void NotStarted()
    {
    }
}
