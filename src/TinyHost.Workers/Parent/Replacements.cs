// Owns: when the workers are replaced: once for all requests that come during a replacement, and no longer once the program stops.

namespace TinyHost.Workers;

/// <summary>Thread-safe. Requests before <see cref="Begin"/> count as one.</summary>
/// <param name="replace">Replaces the workers once.</param>
internal sealed class Replacements(Func<Task> replace)
{
    private readonly Lock _lock = new();
    private bool _isRequested;
    private bool _isRunning;
    private bool _hasBegun;
    private bool _hasEnded;
    private Task _running = Task.CompletedTask;

    /// <summary>Asks for a replacement, which begins at once, or else after the one in progress.</summary>
    internal void Request()
    {
        lock (_lock)
        {
            _isRequested = true;
            StartIfDue();
        }
    }

    /// <summary>All workers are ready, so that they can be replaced.</summary>
    internal void Begin()
    {
        lock (_lock)
        {
            _hasBegun = true;
            StartIfDue();
        }
    }

    /// <summary>The program stops. Completes with the replacement in progress; no other begins.</summary>
    internal Task EndAsync()
    {
        lock (_lock)
        {
            _hasEnded = true;
            return _running;
        }
    }

    private void StartIfDue()
    {
        if (_isRequested && _hasBegun && !_isRunning && !_hasEnded)
        {
            _isRunning = true;
            _running = RunAsync();
        }
    }

    private async Task RunAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (TryTake())
        {
            await replace().ConfigureAwait(false);
        }
    }

    private bool TryTake()
    {
        lock (_lock)
        {
            _isRunning = _isRequested && !_hasEnded;
            _isRequested = false;
            return _isRunning;
        }
    }
}
