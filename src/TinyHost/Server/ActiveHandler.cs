// Owns: whether a connection's handler is at work, since when in ticks, and on a request of which method, for those who look from other threads.
// Does not own: the handler, or the request.

namespace TinyHost;

/// <summary>A struct, so that a connection holds it itself; never to be copied.</summary>
internal struct ActiveHandler
{
    private volatile string? _method;
    private int _requests;
    private int _requestsSeen;

    /// <summary>The method of the request; null while no handler is at work.</summary>
    internal readonly string? Method => _method;

    /// <summary>Whether it was at work on the same request at the last two ticks.</summary>
    internal bool IsOld { get; private set; }

    /// <summary>How many requests have begun on the connection.</summary>
    internal readonly int Number => Volatile.Read(in _requests);

    internal void Begin(string method)
    {
        _method = method;
        _requests++;
    }

    internal void End() => _method = null;

    /// <summary>The heartbeat's tick.</summary>
    internal void Tick()
    {
        IsOld = _method is not null && _requestsSeen == _requests;
        _requestsSeen = _requests;
    }
}
