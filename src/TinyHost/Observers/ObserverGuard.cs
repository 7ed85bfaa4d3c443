// Owns: keeping the failures of code that only observes the server from the server, and reporting each once.

using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace TinyHost;

/// <summary>
/// Loggers, meter listeners, clocks and stages are other people's code, and none of them may stop a server. Each call to one is guarded,
/// and its first failure is logged; without a logger, or when the logger itself fails, it is written to standard error.
/// </summary>
internal sealed partial class ObserverGuard
{
    private const string LoggerName = "The logger";

    private readonly ILogger? _logger;
    private readonly Lock _lock = new();
    private HashSet<string>? _reported;

    /// <param name="logger">Where failures are reported; null for standard error.</param>
    internal ObserverGuard(ILogger? logger)
    {
        _logger = logger;
        Logger = new GuardedLogger(logger ?? NullLogger.Instance, this);
    }

    /// <summary>The logger, safe to call. Without one it discards everything.</summary>
    internal ILogger Logger { get; }

    /// <summary>A guard with a logger of the factory; without a logger if there is no factory or it fails.</summary>
    internal static ObserverGuard Create(Func<ILoggerFactory?> findFactory, string category)
    {
        try
        {
            return new ObserverGuard(findFactory()?.CreateLogger(category));
        }
        catch (Exception failure)
        {
            var guard = new ObserverGuard(null);
            guard.Failed("The logger factory", failure);
            return guard;
        }
    }

    /// <summary>The guard of a logger that is already guarded; otherwise a new guard with that logger.</summary>
    internal static ObserverGuard Of(ILogger logger) => (logger as GuardedLogger)?.Guard ?? new ObserverGuard(logger);

    /// <summary>Calls an observer. Throws nothing.</summary>
    internal void Run<T>(string observer, T state, Action<T> call)
    {
        try
        {
            call(state);
        }
        catch (Exception failure)
        {
            Failed(observer, failure);
        }
    }

    /// <summary>Reports a failure, unless this observer has failed before. Throws nothing.</summary>
    /// <param name="observer">Which observer, as the start of a sentence. There must be few: each is remembered.</param>
    /// <param name="failure">What it threw.</param>
    internal void Failed(string observer, Exception failure)
    {
        if (!IsFirst(observer))
        {
            return;
        }

        try
        {
            if (_logger is not null)
            {
                LogFailure(_logger, failure, observer);
                return;
            }
        }
        catch (Exception loggerFailure)
        {
            LoggerFailed(loggerFailure);
        }

        WriteToStandardError(observer, failure);
    }

    /// <summary>Reports a listener that failed at a measurement.</summary>
    internal void ListenerFailed(Instrument instrument, Exception failure) =>
        Failed($"A meter listener of instrument {instrument.Name}", failure);

    private void LoggerFailed(Exception failure)
    {
        if (IsFirst(LoggerName))
        {
            WriteToStandardError(LoggerName, failure);
        }
    }

    private bool IsFirst(string observer)
    {
        lock (_lock)
        {
            return (_reported ??= []).Add(observer);
        }
    }

    private static void WriteToStandardError(string observer, Exception failure)
    {
        try
        {
            Console.Error.WriteLine($"TinyHost: {observer} failed, and the server continues without it. This is reported once. {failure}");
        }
        catch (Exception)
        {
            // Standard error may be closed: there is nowhere left to report to.
        }
    }

    [LoggerMessage(19, LogLevel.Error, "{Observer} failed, and the server continues without it. This is reported once.")]
    private static partial void LogFailure(ILogger logger, Exception exception, string observer);

    /// <summary>A logger that throws (a full disk, a collector that is down) loses its message and nothing else.</summary>
    private sealed class GuardedLogger(ILogger inner, ObserverGuard guard) : ILogger
    {
        internal ObserverGuard Guard => guard;

        IDisposable? ILogger.BeginScope<TState>(TState state)
        {
            try
            {
                return inner.BeginScope(state) is { } scope ? new GuardedScope(scope, guard) : null;
            }
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

        void ILogger.Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            try
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
            catch (Exception failure)
            {
                guard.LoggerFailed(failure);
            }
        }
    }

    private sealed class GuardedScope(IDisposable scope, ObserverGuard guard) : IDisposable
    {
        public void Dispose() => guard.Run("The logger's scope", scope, static scope => scope.Dispose());
    }
}
