// Owns: that app and metrics live and die together.
// Does not own: how a stop drains (TinyHost.Tests).

using System.Net;
using System.Net.Sockets;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class FateTests
{
    [Fact]
    public async Task When_the_daemon_is_stopped_a_scrape_cannot_connect()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        await daemon.ScrapeAsync();

        Assert.Equal(0, await daemon.Process.TerminateAsync());

        await AssertNobodyListensAsync(daemon);
    }

    [Fact]
    public async Task When_the_daemon_is_killed_a_scrape_cannot_connect()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        await daemon.ScrapeAsync();

        Assert.NotEqual(0, await daemon.Process.KillAsync());

        await AssertNobodyListensAsync(daemon);
    }

    [Fact]
    public async Task When_a_background_service_throws_host_and_metrics_stop()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        await daemon.ScrapeAsync();

        using var told = await daemon.App.PostAsync("/fail", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, told.StatusCode);
        await daemon.Process.WaitForExitAsync();

        Assert.Contains("This service fails when told to.", daemon.Process.Output.ToString(), StringComparison.Ordinal);
        await AssertNobodyListensAsync(daemon);
    }

    private static async Task AssertNobodyListensAsync(Daemon daemon)
    {
        foreach (var port in new[] { daemon.AppPort, daemon.MetricsPort })
        {
            var refusal = await Assert.ThrowsAsync<SocketException>(() => RawConnection.OpenAsync(port));
            Assert.Equal(SocketError.ConnectionRefused, refusal.SocketErrorCode);
        }
    }
}
