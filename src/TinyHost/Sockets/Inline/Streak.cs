// Owns: how much one connection has done without having to wait: operations that ended at once, and requests served.
// Does not own: the operations.

namespace TinyHost;

/// <summary>
/// With inline completions a peer that always has more to send, or always takes more, would keep a socket thread to itself: an operation that
/// ends at once never returns to it, and what one receives may be a hundred requests. After so many of both in a row the connection moves to the
/// thread pool, until it next has to wait.
/// </summary>
internal sealed class Streak
{
    private const int Longest = 64;

    private int _length;

    /// <summary>An operation had to wait.</summary>
    internal void End() => _length = 0;

    /// <summary>A request was served.</summary>
    internal void Extend() => _length++;

    /// <summary>Another operation has ended at once: true when it is time to leave the socket thread.</summary>
    internal bool IsOver()
    {
        if (++_length < Longest)
        {
            return false;
        }

        _length = 0;
        return !Thread.CurrentThread.IsThreadPoolThread;
    }
}
