// Owns: loading what the first server of a process needs, on another thread, while the program still builds its chain.

using System.Diagnostics.Metrics;
using System.Net.Sockets;

namespace TinyHost;

/// <summary>
/// The first meter and the first socket of a process make the runtime load and compile for a fifth of the time to the first response.
/// Whoever needs one of them meanwhile waits for the rest only.
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
            ThreadPool.UnsafeQueueUserWorkItem(static _ => Load(), null);
        }
    }

    private static void Load()
    {
        // Its event source takes longest.
        new Meter("TinyHost.Preparation").Dispose();
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        }
        catch (SocketException)
        {
            // The start of the server meets the same fault, and reports it.
        }
    }
}
