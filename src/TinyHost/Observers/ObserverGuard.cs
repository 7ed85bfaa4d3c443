// Owns: reporting, once each, that code which only observes the server has failed.
// Does not own: calling that code (GuardedLogger, GuardedMeter, GuardedTime), or what the server does without it.

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace TinyHost;

/// <summary>
/// Loggers, meter listeners, clocks and stages are other people's code. None of them may stop a server: each call to one is guarded, and its
/// first failure is logged; if the logger itself fails, or there is none, it is written to standard error.
/// </summary>
internal sealed partial class ObserverGuard
{
    private const string LoggerName = "The logger";

    private readonly ILogger? _logger;
    private readonly Lock _gate = new();
    private HashSet<string>? _reported;

    /// <param name="logger">Where failures are reported; null for standard error.</param>
    internal ObserverGuard(ILogger? logger)
    {
        _logger = logger;
        Logger = new GuardedLogger(logger ?? NullLogger.Instance, this);
    }

    /// <summary>The logger, safe to call. It discards everything if there is none.</summary>
    internal ILogger Logger { get; }

    /// <summary>A guard with the logger that a factory makes; with none if there is no factory or it fails.</summary>
    internal static ObserverGuard Create(Func<ILoggerFactory?> findFactory, string category)
    {
        try
        {
            return new ObserverGuard(findFactory()?.CreateLogger(category));
        }
#pragma warning disable CA1031 // A program that cannot log still serves.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            var guard = new ObserverGuard(null);
            guard.Failed("The logger factory", failure);
            return guard;
        }
    }

    /// <summary>The guard of a logger, which is guarded already or is from here on.</summary>
    internal static ObserverGuard Of(ILogger logger) => (logger as GuardedLogger)?.Guard ?? new ObserverGuard(logger);

    /// <summary>Calls an observer. Throws nothing.</summary>
    internal void Run<T>(string observer, T state, Action<T> call)
    {
        try
        {
            call(state);
        }
#pragma warning disable CA1031 // The point of the guard.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Failed(observer, failure);
        }
    }

    /// <summary>Reports a failure, unless this observer has failed before. Throws nothing.</summary>
    /// <param name="observer">Which observer, to begin a sentence. One of few: each is remembered.</param>
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
#pragma warning disable CA1031 // Reported below.
        catch (Exception loggerFailure)
#pragma warning restore CA1031
        {
            LoggerFailed(loggerFailure);
        }

        WriteToStandardError(observer, failure);
    }

    /// <summary>Reports that the logger has failed, once. Throws nothing.</summary>
    internal void LoggerFailed(Exception failure)
    {
        if (IsFirst(LoggerName))
        {
            WriteToStandardError(LoggerName, failure);
        }
    }

    private bool IsFirst(string observer)
    {
        lock (_gate)
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
#pragma warning disable CA1031 // Standard error may be closed: there is nowhere left to report to.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    [LoggerMessage(17, LogLevel.Error, "{Observer} failed, and the server continues without it. This is reported once.")]
    private static partial void LogFailure(ILogger logger, Exception exception, string observer);
}
