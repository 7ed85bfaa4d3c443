// Owns: the texts of the console: the summaries, aligned, and the line that shows what the servers do.

using System.Globalization;

namespace TinyHost;

internal static class ConsoleText
{
    private const string Bold = "\e[1m";
    private const string Normal = "\e[0m";

    /// <summary>What is listened on.</summary>
    internal static string Started(IReadOnlyList<ConsoleRow> rows, bool isColored) => Block("TinyHost is listening", rows, isColored);

    /// <summary>What was served, and how the stop went.</summary>
    internal static string Stopped(long requests, long errors, TimeSpan ran, TimeSpan drain, int cutOff, int left, bool isColored)
    {
        var end = cutOff > 0 ? $"{Count(cutOff, "request")} cut off" : "nothing cut off";
        return Block(
            "TinyHost has stopped",
            [
                new("requests", Number(requests), ""),
                new("errors", Number(errors), ""),
                new("ran for", Span(ran), ""),
                new("drained in", Span(drain), left > 0 ? $"{end}, {Count(left, "connection")} given up" : end),
            ],
            isColored);
    }

    /// <summary>For example <c>1,250 requests/s, 2 errors/s, 212 connections, p99 3.2 ms, 48 MB</c>.</summary>
    internal static string Watched(double requests, double errors, int connections, TimeSpan? p99, long memory) => string.Create(
        CultureInfo.InvariantCulture,
        $"{requests:#,0.#} requests/s, {errors:#,0.#} errors/s, {Count(connections, "connection")}, p99 {Milliseconds(p99)}, "
        + $"{memory / 1_000_000} MB");

    private static string Block(string title, IReadOnlyList<ConsoleRow> rows, bool isColored)
    {
        var names = rows.Max(static row => row.Name.Length);
        var values = rows.Max(static row => row.Note.Length == 0 ? 0 : row.Value.Length);
        var lines = rows.Select(row => $"  {Emphasized(row.Name, isColored)}{new string(' ', names - row.Name.Length)}  "
            + (row.Note.Length == 0 ? row.Value : $"{row.Value.PadRight(values)}  {row.Note}"));
        return string.Join('\n', lines.Prepend(Emphasized(title, isColored))) + "\n";
    }

    private static string Emphasized(string text, bool isColored) => isColored ? $"{Bold}{text}{Normal}" : text;

    private static string Milliseconds(TimeSpan? time) => time is { } known
        ? string.Create(CultureInfo.InvariantCulture, $"{known.TotalMilliseconds:#,0.#} ms")
        : "-";

    private static string Span(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays} d {time.Hours} h"),
        { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Hours} h {time.Minutes} min"),
        { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s"),
    };

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Count(int count, string what) => $"{Number(count)} {what}{(count == 1 ? "" : "s")}";
}
