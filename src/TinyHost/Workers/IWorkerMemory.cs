// Owns: what a stage of a parent process shares with each worker.

using System.Runtime.InteropServices;

namespace TinyHost;

/// <summary>Makes a descriptor for each worker, such as that of memory which the parent reads.</summary>
public interface IWorkerMemory
{
    /// <summary>
    /// A worker is about to start: the descriptor that it inherits. It stays the caller's, who closes it at the earliest in
    /// <see cref="Ended"/>. An exception fails the start of the worker.
    /// </summary>
    /// <param name="worker">The number of the worker.</param>
    SafeHandle Create(int worker);

    /// <summary>The worker with this memory has started.</summary>
    void Started(SafeHandle memory, int processId);

    /// <summary>The worker with this memory has ended, or has not started: nothing changes in it any more.</summary>
    void Ended(SafeHandle memory);
}
