// Owns: keeping every entry that a test's server and app log.

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TinyHost.Testing;

/// <summary>What a <see cref="TestServer"/> and its app have logged, every level. Callable from any thread.</summary>
public sealed class CapturedLogs
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();

    internal CapturedLogs() => Provider = new LogProvider(_entries);

    /// <summary>The entries so far, in order.</summary>
    public IReadOnlyList<LogEntry> Entries => [.. _entries];

    /// <summary>The exceptions logged so far, in order: those of handlers among them, once each.</summary>
    public IReadOnlyList<Exception> Exceptions => [.. _entries.Select(entry => entry.Exception).OfType<Exception>()];

    internal ILoggerProvider Provider { get; }

    /// <summary>The messages so far whose level is <paramref name="least"/> or higher, in order.</summary>
    public IReadOnlyList<string> Messages(LogLevel least = LogLevel.Trace) =>
        [.. _entries.Where(entry => entry.Level >= least).Select(entry => entry.Message)];

    /// <summary>Every entry on lines of its own, for the message of a failed test.</summary>
    public override string ToString() => string.Join(Environment.NewLine, _entries);

    private sealed class LogProvider(ConcurrentQueue<LogEntry> entries) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new CategoryLogger(categoryName, entries);

        public void Dispose()
        {
        }
    }

    private sealed class CategoryLogger(string category, ConcurrentQueue<LogEntry> entries) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            entries.Enqueue(new LogEntry(
                category, logLevel, eventId, formatter(state, exception), exception,
                state is IReadOnlyList<KeyValuePair<string, object?>> values ? [.. values] : []));
    }
}
