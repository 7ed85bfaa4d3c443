// Owns: what the stages of a parent process can learn about its workers.

namespace TinyHost;

/// <summary>
/// The workers of this process. Among the services of stages in a parent process, which answers its monitoring ports and hands all other
/// ports to workers; null among those of any other process, and of the workers themselves.
/// </summary>
public interface IWorkerGroup
{
    /// <summary>
    /// The workers that run, by their numbers: a snapshot. While a worker is replaced, both processes are in it, the older one first.
    /// </summary>
    IReadOnlyList<WorkerProcess> Workers { get; }

    /// <summary>
    /// Every worker that starts from now on inherits a descriptor that <paramref name="memory"/> creates for it. Call it when the stage
    /// starts, once for each <paramref name="key"/>; the worker finds the number of the descriptor by the key. Throws
    /// <see cref="ArgumentException"/> for a key that is known, or that has <c>;</c> or a control character.
    /// </summary>
    void Share(string key, IWorkerMemory memory);

    /// <summary>Answers a request for the list of the workers; null for any other request.</summary>
    Task? TryAnswer(RequestContext context);

    /// <summary>Whether workers are ready to serve, by their own readiness probes, and why not.</summary>
    Task<HealthResult> CheckHealthAsync(CancellationToken cancellationToken);
}
