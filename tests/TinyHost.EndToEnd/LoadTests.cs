// Owns: many deeply pipelined connections at once, with every response checked. Nothing is timed.

using System.Text;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class LoadTests
{
    private const int Connections = 1_000;
    private const int RequestsPerConnection = 100;
    private const int Depth = 16;

    [Fact]
    public async Task A_thousand_pipelined_connections_receive_a_hundred_thousand_responses_in_order()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        using var deadline = Deadline.Start();
        var connections = new List<RawConnection>();
        try
        {
            while (connections.Count < Connections)
            {
                connections.Add(await RawConnection.OpenAsync(daemon.AppPort));
            }

            var answered = await Task.WhenAll(connections.Select((connection, number) => CallAsync(connection, number, deadline.Token)));

            Assert.Equal(Connections * RequestsPerConnection, answered.Sum());
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }

        var scrape = await daemon.ScrapeAsync();
        var served = scrape.Sum("http_server_request_duration_seconds_count", "http_route=\"/id/{id}\"");
        Assert.Equal(Connections * RequestsPerConnection, served);
    }

    private static async Task<int> CallAsync(RawConnection connection, int number, CancellationToken cancellationToken)
    {
        for (var first = 0; first < RequestsPerConnection; first += Depth)
        {
            var last = Math.Min(first + Depth, RequestsPerConnection);
            var requests = new StringBuilder();
            for (var i = first; i < last; i++)
            {
                requests.Append($"GET /id/{number}-{i} HTTP/1.1\r\nHost: x\r\n\r\n");
            }

            await connection.SendAsync(requests.ToString(), cancellationToken);
            for (var i = first; i < last; i++)
            {
                var (head, content) = await connection.ReadResponseAsync(cancellationToken);
                Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
                Assert.Equal($"{number}-{i}", content);
            }
        }

        return RequestsPerConnection;
    }
}
