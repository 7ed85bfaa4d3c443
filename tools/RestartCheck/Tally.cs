// Owns: counting answers and losses, and which connections are still open since when.

using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace TinyHost.RestartCheck;

/// <summary>
/// A loss is one of these: a connection that is refused or reset; a request sent whole on a connection that the server had not closed by
/// then, without a whole response; a response, a streamed one too, that ends before its end; a WebSocket that ends without a close frame.
/// A request that crossed the end of its connection on the way is counted apart: HTTP/1.1 lets a server close an idle connection at any
/// time, and clients repeat such requests.
/// </summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<string, long> _answered = new();
    private readonly ConcurrentDictionary<(string Kind, string How), long> _lost = new();
    private readonly ConcurrentDictionary<int, int> _open = new();
    private long _crossed;
    private int _generation;

    internal long Lost => _lost.Values.Sum();

    /// <summary>The number of the restart that connections opened from now on follow.</summary>
    internal int Generation => Volatile.Read(in _generation);

    internal IReadOnlyCollection<string> Kinds => [.. _answered.Keys];

    internal void AddKind(string kind) => _answered[kind] = 0;

    internal long AnsweredOf(string kind) => _answered[kind];

    internal void Answer(string kind) => _answered.AddOrUpdate(kind, 1, static (_, count) => count + 1);

    internal void Lose(string kind, string how) => _lost.AddOrUpdate((kind, how), 1, static (_, count) => count + 1);

    internal void Cross() => Interlocked.Increment(ref _crossed);

    internal void BeginRestart() => Interlocked.Increment(ref _generation);

    internal int Opened()
    {
        var generation = Generation;
        _open.AddOrUpdate(generation, 1, static (_, count) => count + 1);
        return generation;
    }

    internal void Closed(int generation) => _open.AddOrUpdate(generation, 0, static (_, count) => count - 1);

    /// <summary>The connections that were opened before the last restart began and are still open.</summary>
    internal int OpenFromBefore() => _open.Where(open => open.Key < Generation).Sum(open => open.Value);

    internal string Report()
    {
        var report = new StringBuilder();
        foreach (var (kind, count) in _answered.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            report.AppendLine(CultureInfo.InvariantCulture, $"{kind,-12} {count,10:N0} answered");
        }

        foreach (var ((kind, how), count) in _lost.OrderBy(pair => pair.Key.Kind, StringComparer.Ordinal))
        {
            report.AppendLine(CultureInfo.InvariantCulture, $"{kind,-12} {count,10:N0} LOST: {how}");
        }

        var crossed = Interlocked.Read(ref _crossed);
        report.AppendLine(CultureInfo.InvariantCulture, $"{"",-12} {crossed,10:N0} crossed the end of an idle connection");
        return report.Append(CultureInfo.InvariantCulture, $"{Lost:N0} lost").ToString();
    }
}
