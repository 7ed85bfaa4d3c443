// Owns: that the application and its metrics stop together.

using System.Net;
using System.Net.Sockets;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class ShutdownTests
{
    [Fact]
    public async Task A_stopped_daemon_listens_on_neither_port()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        await daemon.ScrapeAsync();

        Assert.Equal(0, await daemon.Process.TerminateAsync());

        await AssertNotListeningAsync(daemon);
    }

    [Fact]
    public async Task A_killed_daemon_listens_on_neither_port()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        await daemon.ScrapeAsync();

        Assert.NotEqual(0, await daemon.Process.KillAsync());

        await AssertNotListeningAsync(daemon);
    }

    [Fact]
    public async Task A_daemon_whose_background_service_throws_listens_on_neither_port()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        await daemon.ScrapeAsync();

        using var response = await daemon.App.PostAsync("/fail", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await daemon.Process.WaitForExitAsync();

        Assert.Contains("This service fails on request.", daemon.Process.Output.ToString(), StringComparison.Ordinal);
        await AssertNotListeningAsync(daemon);
    }

    [Fact]
    public async Task A_daemon_with_a_DrainDelay_serves_until_a_second_signal_ends_it()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, "--TinyHost:DrainDelay=20");

        daemon.Process.RequestStop();
        await daemon.Process.WaitForOutputAsync("Stopping: no longer ready, but accepting connections for another 20 s (DrainDelay)");
        using var response = await daemon.App.GetAsync("/id/1", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.ConnectionClose);

        Assert.Equal(0, await daemon.Process.TerminateAsync());
        await daemon.Process.WaitForOutputAsync("because the stop was requested again.");
        await AssertNotListeningAsync(daemon);
    }

    private static async Task AssertNotListeningAsync(Daemon daemon)
    {
        foreach (var port in new[] { daemon.AppPort, daemon.MetricsPort })
        {
            var error = await Assert.ThrowsAsync<SocketException>(() => RawConnection.OpenAsync(port));
            Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
        }
    }
}
