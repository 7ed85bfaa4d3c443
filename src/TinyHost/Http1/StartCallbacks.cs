// Owns: what a handler has asked to be called right before the head of its response is written.

namespace TinyHost;

/// <summary>Made when a handler first adds a callback. The last one added is called first.</summary>
internal sealed class StartCallbacks
{
    // Few programs need more, and a list that grows would count as memory of the handler.
    private readonly List<(Action<object?> Callback, object? State)> _callbacks = new(capacity: 8);
    private bool _areRunning;

    internal void Add(Action<object?> callback, object? state)
    {
        ThrowIfRunning();
        _callbacks.Add((callback, state));
    }

    /// <summary>Another request begins.</summary>
    internal void Clear() => _callbacks.Clear();

    /// <summary>
    /// Calls each. The first exception ends the calls and is thrown; its callback is forgotten, so that another run, for the response that
    /// tells of the failure, calls the others.
    /// </summary>
    internal void Run()
    {
        ThrowIfRunning();
        _areRunning = true;
        var i = _callbacks.Count;
        try
        {
            while (--i >= 0)
            {
                var (callback, state) = _callbacks[i];
                callback(state);
            }
        }
        catch
        {
            _callbacks.RemoveAt(i);
            throw;
        }
        finally
        {
            _areRunning = false;
        }
    }

    private void ThrowIfRunning()
    {
        if (_areRunning)
        {
            throw new InvalidOperationException(
                "A callback of OnStarting can set status and fields; it cannot send the response or add another callback.");
        }
    }
}
