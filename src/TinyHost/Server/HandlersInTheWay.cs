// Owns: naming the handlers that hold threads, for reports of what does not get a turn.

namespace TinyHost;

internal static class HandlersInTheWay
{
    private const int MostNamed = 3;

    /// <summary>
    /// Which handlers hold threads of the pool, or else have been running; null if there are none. Those that were running at the last two
    /// ticks of the heartbeat count, or, if there are none, those that hold a thread now.
    /// </summary>
    /// <param name="connections">The server's.</param>
    /// <param name="probe">The server's own request, which is named as such.</param>
    internal static string? Describe(ConnectionTable connections, CurrentRequest? probe)
    {
        List<CurrentRequest> holders = [];
        foreach (var thread in PoolThreads.Shared.All)
        {
            if (thread.Holder is CurrentRequest holder)
            {
                holders.Add(holder);
            }
        }

        if (holders.Contains(probe!))
        {
            return "a stage of the chain holds the thread of the server's own request, OPTIONS *";
        }

        var old = holders.FindAll(holder => holder.HasRunForATick);
        if ((old.Count > 0 ? old : holders) is { Count: > 0 } named)
        {
            var text = Names(named, out var isOne);
            return text is null ? null : $"{text} {(isOne ? "holds a thread" : "hold threads")}";
        }

        List<CurrentRequest> running = [];
        foreach (var connection in connections.Connections)
        {
            if (connection.Request.HasRunForATick)
            {
                running.Add(connection.Request);
            }
        }

        return Names(running, out _) is { } names ? $"{names} has been running meanwhile" : null;
    }

    private static string? Names(List<CurrentRequest> requests, out bool isOne)
    {
        var names = requests.Select(request => request.Describe()).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
        isOne = names.Count == 1;
        return names.Count == 0 ? null
            : string.Join(", ", names.Take(MostNamed)) + (names.Count > MostNamed ? $" and {names.Count - MostNamed} more" : "");
    }
}
