// Owns: writing to the console beside the log: whole texts, and one line that is replaced as long as nothing else has been written.

using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace TinyHost;

/// <summary>
/// As a provider of loggers, and as the program's standard output, it learns of lines that others write: the next line is then a new one.
/// </summary>
/// <param name="writer">Standard output.</param>
/// <param name="isTerminal">Whether people read it.</param>
/// <param name="variable">Reads a variable of the environment.</param>
/// <param name="width">The columns of the terminal.</param>
/// <param name="enableSequences">Turns control sequences on; false if the terminal lacks them. Called once at most, for a terminal.</param>
internal sealed class HostConsoleOutput(
    TextWriter writer, bool isTerminal, Func<string, string?> variable, Func<int> width, Func<bool> enableSequences)
    : TextWriter, ILoggerProvider, ILogger
{
    private const int UnknownWidth = 80;
    private const string StartOfLineAbove = "\e[1A\r";
    private const string EraseRest = "\e[K";

    private readonly Lazy<bool> _takesSequences = new(() => isTerminal && variable("TERM") != "dumb" && enableSequences());
    private readonly Lock _lock = new();
    private bool _isLineLast;
    private bool _isGone;

    internal bool IsTerminal => isTerminal;

    /// <summary>Whether it takes control sequences.</summary>
    internal bool TakesSequences => _takesSequences.Value;

    /// <summary>False if <c>NO_COLOR</c> is set (no-color.org).</summary>
    internal bool IsColored => TakesSequences && string.IsNullOrEmpty(variable("NO_COLOR"));

    /// <inheritdoc />
    public override Encoding Encoding => writer.Encoding;

    internal static HostConsoleOutput OfProcess(bool isTerminal) =>
        new(
            Console.Out,
            isTerminal,
            Environment.GetEnvironmentVariable,
            static () => Console.WindowWidth,
            ConsoleSequences.TryEnable);

    /// <summary>Writes lines that stay.</summary>
    internal void Print(string text)
    {
        lock (_lock)
        {
            _isLineLast = false;
            TryWrite(text);
        }
    }

    /// <summary>Shows a line, in place of the last one if nothing has been written since.</summary>
    internal void Show(string line)
    {
        lock (_lock)
        {
            var columns = Columns();
            var text = line.Length < columns ? line : line[..(columns - 1)];
            TryWrite($"{(_isLineLast ? StartOfLineAbove : "")}{text}{EraseRest}\n");
            _isLineLast = true;
        }
    }

    /// <inheritdoc />
    public override void Write(char value) => Pass(writer => writer.Write(value));

    /// <inheritdoc />
    public override void Write(string? value) => Pass(writer => writer.Write(value));

    /// <inheritdoc />
    public override void Write(char[] buffer, int index, int count) => Pass(writer => writer.Write(buffer, index, count));

    /// <inheritdoc />
    public override void Flush() => writer.Flush();

    /// <inheritdoc />
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc />
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => NullLogger.Instance.BeginScope(state);

    /// <inheritdoc />
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc />
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Pass(static _ => { });

    // The program's own output may fail as it would without this class.
    private void Pass(Action<TextWriter> write)
    {
        lock (_lock)
        {
            _isLineLast = false;
            write(writer);
        }
    }

    private int Columns()
    {
        try
        {
            // 0 is a terminal that does not know its size.
            return width() is > 1 and var columns ? columns : UnknownWidth;
        }
        catch (IOException)
        {
            return UnknownWidth;
        }
    }

    // A terminal that has gone away cannot be written to again.
    private void TryWrite(string text)
    {
        if (_isGone)
        {
            return;
        }

        try
        {
            writer.Write(text);
            writer.Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            _isGone = true;
        }
    }
}
