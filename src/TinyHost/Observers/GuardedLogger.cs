// Owns: a logger whose failures stay with it.
// Does not own: what is logged, or reporting the failure (ObserverGuard).

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>A logger that throws (a full disk, a collector that is away) costs its message and nothing else.</summary>
internal sealed class GuardedLogger(ILogger inner, ObserverGuard guard) : ILogger
{
    internal ObserverGuard Guard => guard;

    IDisposable? ILogger.BeginScope<TState>(TState state)
    {
        try
        {
            return inner.BeginScope(state) is { } scope ? new Scope(scope, guard) : null;
        }
#pragma warning disable CA1031 // Reported by the guard, here and below.
        catch (Exception failure)
        {
            guard.LoggerFailed(failure);
            return null;
        }
    }

    /// <summary>True if the logger cannot tell: one provider's failure must not silence the others.</summary>
    bool ILogger.IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
        catch (Exception failure)
        {
            guard.LoggerFailed(failure);
            return true;
        }
    }

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception failure)
#pragma warning restore CA1031
        {
            guard.LoggerFailed(failure);
        }
    }

    private sealed class Scope(IDisposable scope, ObserverGuard guard) : IDisposable
    {
        public void Dispose() => guard.Run("The logger's scope", scope, static scope => scope.Dispose());
    }
}
