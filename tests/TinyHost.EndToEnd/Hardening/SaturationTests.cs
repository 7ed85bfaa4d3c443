// Owns: that an application whose connections are all taken can still be scraped.
// Does not own: how the room is kept (TinyHost.Tests).

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Hardening;

public sealed class SaturationTests
{
    private const int TurnedAway = 20;

    [Theory]
    [InlineData("--TinyHost:Limits:MaxConnections=8", 4, "max_connections")]
    [InlineData("--TinyHost:Limits:MaxConnectionsPerListener=3", 3, "max_connections_per_listener")]
    public async Task A_saturated_application_can_be_scraped_and_tells_whom_it_turned_away(string limit, int room, string reason)
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, limit);
        using var deadline = Deadline.Start();
        var idle = new List<RawConnection>();
        try
        {
            for (var i = 0; i < room; i++)
            {
                idle.Add(await RawConnection.OpenAsync(daemon.AppPort));
                Assert.Equal("x", await AskAsync(idle[i], deadline.Token));
            }

            for (var i = 0; i < TurnedAway; i++)
            {
                using var refused = await RawConnection.OpenAsync(daemon.AppPort);
                Assert.Equal(0, await refused.Stream.ReadAsync(new byte[1], deadline.Token));
            }

            var scrape = await daemon.ScrapeAsync();
            Assert.Equal(TurnedAway, scrape.Sum("tinyhost_connections_rejected_total", $"reason=\"{reason}\""));
            Assert.Equal(TurnedAway, scrape.Sum("tinyhost_connections_rejected_total"));
            Assert.Equal(room + 1, scrape.Sum("tinyhost_connections_active"));

            // Those who are in are served, and there is room again for as many as leave.
            Assert.Equal("x", await AskAsync(idle[0], deadline.Token));
            idle[0].Dispose();
            await Deadline.UntilAsync("a free place", daemon.ScrapeAsync, scrape => scrape.Sum("tinyhost_connections_active") == room);
            idle[0] = await RawConnection.OpenAsync(daemon.AppPort);
            Assert.Equal("x", await AskAsync(idle[0], deadline.Token));
        }
        finally
        {
            idle.ForEach(connection => connection.Dispose());
        }
    }

    private static async Task<string> AskAsync(RawConnection connection, CancellationToken cancellationToken)
    {
        await connection.SendAsync("GET /id/x HTTP/1.1\r\nHost: x\r\n\r\n", cancellationToken);
        return (await connection.ReadResponseAsync(cancellationToken)).Content;
    }
}
