// Owns: keeping a log that fails from failing the server.
// Does not own: what is logged (Log), or where.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// Hands everything on. A provider that throws (a full disk, a collector that is away) costs the message: were it to cost the accept loop
/// or the heartbeat, the server would be deaf and nobody told.
/// </summary>
internal sealed class ServingLogger(ILogger inner) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
#pragma warning disable CA1031 // The log itself has failed: there is nowhere left to tell.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
