// Owns: that an application at its connection limit can still be scraped.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Hardening;

public sealed class SaturationTests
{
    private const int Rejected = 20;

    [Theory]
    [InlineData("--TinyHost:Limits:MaxConnections=8", 4, "max_connections")]
    [InlineData("--TinyHost:Limits:MaxConnectionsPerListener=3", 3, "max_connections_per_listener")]
    public async Task A_saturated_application_can_be_scraped_and_counts_the_connections_it_rejected(
        string limit, int capacity, string reason)
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, limit);
        using var deadline = Deadline.Start();
        var idle = new List<RawConnection>();
        try
        {
            for (var i = 0; i < capacity; i++)
            {
                idle.Add(await RawConnection.OpenAsync(daemon.AppPort));
                Assert.Equal("x", await GetAsync(idle[i], deadline.Token));
            }

            for (var i = 0; i < Rejected; i++)
            {
                using var rejected = await RawConnection.OpenAsync(daemon.AppPort);
                Assert.Equal(0, await rejected.Stream.ReadAsync(new byte[1], deadline.Token));
            }

            var scrape = await daemon.ScrapeAsync();
            Assert.Equal(Rejected, scrape.Sum("tinyhost_connections_rejected_total", $"reason=\"{reason}\""));
            Assert.Equal(Rejected, scrape.Sum("tinyhost_connections_rejected_total"));
            Assert.Equal(capacity + 1, scrape.Sum("tinyhost_connections_active"));

            // Open connections are served, and each one that closes makes room for another.
            Assert.Equal("x", await GetAsync(idle[0], deadline.Token));
            idle[0].Dispose();
            await Deadline.UntilAsync(
                "a closed connection", daemon.ScrapeAsync, scrape => scrape.Sum("tinyhost_connections_active") == capacity);
            idle[0] = await RawConnection.OpenAsync(daemon.AppPort);
            Assert.Equal("x", await GetAsync(idle[0], deadline.Token));
        }
        finally
        {
            idle.ForEach(connection => connection.Dispose());
        }
    }

    private static async Task<string> GetAsync(RawConnection connection, CancellationToken cancellationToken)
    {
        await connection.SendAsync("GET /id/x HTTP/1.1\r\nHost: x\r\n\r\n", cancellationToken);
        return (await connection.ReadResponseAsync(cancellationToken)).Content;
    }
}
