// Owns: what a handler has asked to be called right before the head of its response is written.

namespace TinyHost;

/// <summary>Made when a handler first adds a callback. The last one added is called first.</summary>
internal sealed class StartCallbacks
{
    private readonly List<Action> _callbacks = [];
    private bool _areRunning;

    internal void Add(Action callback)
    {
        ThrowIfRunning();
        _callbacks.Add(callback);
    }

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
                _callbacks[i]();
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
