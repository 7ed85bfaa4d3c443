// Owns: one entry of the captured log.

using Microsoft.Extensions.Logging;

namespace TinyHost.Testing;

/// <summary>An entry of the log.</summary>
/// <param name="Category">The category of its logger, such as <c>TinyHost.HttpServer</c>.</param>
/// <param name="Level">How serious it is.</param>
/// <param name="EventId">The number and name of the event.</param>
/// <param name="Message">The text, with its values filled in.</param>
/// <param name="Exception">The exception logged with it; null without one.</param>
/// <param name="Values">The values of the message by name; empty if the logger was given none.</param>
public sealed record LogEntry(
    string Category,
    LogLevel Level,
    EventId EventId,
    string Message,
    Exception? Exception,
    IReadOnlyList<KeyValuePair<string, object?>> Values)
{
    /// <summary><c>Error TinyHost.HttpServer: message</c>, and the exception if there is one.</summary>
    public override string ToString() => $"{Level} {Category}: {Message}{(Exception is null ? "" : Environment.NewLine + Exception)}";
}
