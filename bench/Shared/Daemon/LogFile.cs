// Owns: writing log lines to a file. It is /dev/null, so that the disk takes no part in the measurement.

using Microsoft.Extensions.Logging;

namespace TinyHost.Bench.Shared;

internal sealed class LogFile : ILoggerProvider
{
    private readonly StreamWriter _writer = new(
        new FileStream("/dev/null", FileMode.Open, FileAccess.Write, FileShare.ReadWrite), bufferSize: 65_536);

    public ILogger CreateLogger(string categoryName) => new Lines(_writer);

    public void Dispose() => _writer.Dispose();

    private sealed class Lines(StreamWriter writer) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = formatter(state, exception);
            lock (writer)
            {
                writer.WriteLine(line);
            }
        }
    }
}
