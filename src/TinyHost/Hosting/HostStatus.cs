// Owns: the line that tells an operator what the servers of a host do: connections, the rate of requests, and what a stop waits for.

using System.Globalization;

namespace TinyHost;

/// <summary>One thread at a time.</summary>
internal sealed class HostStatus(IReadOnlyList<HostedServer> servers, TimeProvider time)
{
    private const int MostNamed = 3;

    private long _requests;
    private long _readAt = time.GetTimestamp();

    /// <summary>For example <c>212 connections, 18.5 requests/s</c>: the rate since the last call.</summary>
    internal string Describe()
    {
        var (connections, requests) = (0, 0L);
        foreach (var table in Tables())
        {
            connections += table.Count;
            requests += table.RequestCount;
        }

        var seconds = time.GetElapsedTime(_readAt).TotalSeconds;
        // A server that was started again counts from 0.
        var rate = seconds > 0 ? Math.Max(requests - _requests, 0) / seconds : 0;
        (_requests, _readAt) = (requests, time.GetTimestamp());
        return string.Create(CultureInfo.InvariantCulture, $"{Count(connections, "connection")}, {rate:0.#} requests/s");
    }

    /// <summary>For example <c>Draining: 2 requests in progress (GET /slow), 5 connections</c>.</summary>
    internal string DescribeDrain()
    {
        var (connections, running) = (0, 0);
        List<string> names = [];
        foreach (var table in Tables())
        {
            connections += table.Count;
            foreach (var connection in table.Connections)
            {
                if (connection.Request.Describe() is { } name)
                {
                    running++;
                    names.Add(name);
                }
            }
        }

        var distinct = names.Distinct().Order(StringComparer.Ordinal).ToList();
        var more = distinct.Count > MostNamed ? $" and {distinct.Count - MostNamed} more" : "";
        var which = distinct.Count == 0 ? "" : $" ({string.Join(", ", distinct.Take(MostNamed))}{more})";
        return $"Draining: {Count(running, "request")} in progress{which}, {Count(connections, "connection")}";
    }

    private static string Count(int count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private IEnumerable<ConnectionTable> Tables() => servers.Select(server => server.Connections).OfType<ConnectionTable>();
}
