// Owns: loading what the first server of a process needs, on another thread, while the program still builds its chain.

using System.Diagnostics.Metrics;

namespace TinyHost;

/// <summary>
/// The event source behind the first meter of a process takes long to load. Whoever needs a meter meanwhile waits for the rest only.
/// Sockets must wait: <see cref="ServerOptions.InlineCompletions"/> is set before the first.
/// </summary>
internal static class Preparation
{
    private static int s_hasBegun;

    /// <summary>True once a process has begun to prepare.</summary>
    internal static bool HasBegun => Volatile.Read(ref s_hasBegun) != 0;

    /// <summary>Begins, the first time it is called. A single processor would gain nothing.</summary>
    internal static void Begin()
    {
        if (s_hasBegun == 0 && Interlocked.Exchange(ref s_hasBegun, 1) == 0 && Environment.ProcessorCount > 1)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static _ => new Meter("TinyHost.Preparation").Dispose(), null);
        }
    }
}
