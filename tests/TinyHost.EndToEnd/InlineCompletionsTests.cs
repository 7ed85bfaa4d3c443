// Owns: that completions run inline when asked for, that it is said when they do not, and that no peer and no handler gains by it unseen.
// Does not own: what it is worth (bench).

using System.Text;
using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class InlineCompletionsTests
{
    private const string On = "--TinyHost:InlineCompletions=true";
    private const string TooLate = "InlineCompletions has no effect";

    [Fact]
    public async Task Handlers_run_on_socket_threads_when_asked_for()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, On);

        await UntilOnSocketThreadAsync(daemon, "/thread");

        Assert.DoesNotContain(TooLate, daemon.Process.Output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Daemon.Hello)]
    [InlineData(Daemon.JsonRpc)]
    public async Task The_examples_take_the_setting(string example)
    {
        await using var daemon = await Daemon.StartAsync(example, On);
        await daemon.ScrapeAsync();
        Assert.DoesNotContain(TooLate, daemon.Process.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handlers_run_on_the_pool_otherwise()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("pool", await daemon.App.GetStringAsync("/thread", TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Asking_too_late_is_said_plainly()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, On, "--Test:SocketFirst=true");

        await daemon.Process.WaitForOutputAsync(TooLate);

        Assert.Equal("pool", await daemon.App.GetStringAsync("/thread", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_handler_that_blocks_is_named_once_for_its_route()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, On);

        // Each of these blocks until the warning has come.
        await UntilOnSocketThreadAsync(daemon, "/block/1");
        await UntilOnSocketThreadAsync(daemon, "/block/2");

        await daemon.Process.WaitForOutputAsync("blocked a socket thread");
        Assert.Single(Regex.Matches(daemon.Process.Output.ToString(), "The handler of GET /block/{id} has blocked a socket thread"));
    }

    [Fact]
    public async Task A_handler_that_blocks_behind_a_socket_of_its_own_is_named_too()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, On);

        // Blocks until the warning has come.
        await UntilOnSocketThreadAsync(daemon, "/block-behind-socket");

        await daemon.Process.WaitForOutputAsync("the handler of GET /block-behind-socket was under way");
    }

    [Fact]
    public async Task Programs_that_are_started_are_left_out_of_it()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, On);

        Assert.Equal("socket", await Deadline.UntilAsync(
            "a socket thread", () => daemon.App.GetStringAsync("/thread", TestContext.Current.CancellationToken), kind => kind == "socket"));
        Assert.Equal("", await daemon.App.GetStringAsync("/environment/DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_peer_that_never_stops_sending_keeps_no_socket_thread_from_others()
    {
        // One socket thread for everybody.
        var one = new Dictionary<string, string> { ["DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT"] = "1" };
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, one, On, "--TinyHost:Limits:MaxRequestBodySize=");
        using var stop = new CancellationTokenSource();
        var senders = Enumerable.Range(0, 4).Select(_ => SendAsync(daemon, stop.Token)).ToArray();
        await Deadline.UntilAsync(
            "content on its way", daemon.ScrapeAsync, scrape => scrape.Sum("http_server_active_requests", "http_request_method=\"POST\"") == senders.Length);

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("x", await daemon.App.GetStringAsync("/id/x", TestContext.Current.CancellationToken));
        }

        Assert.All(senders, sender => Assert.False(sender.IsCompleted));
        await stop.CancelAsync();
        await Task.WhenAll(senders);
    }

    /// <summary>After many connections in a row, the next one's first request may be served on the pool.</summary>
    private static Task<string> UntilOnSocketThreadAsync(Daemon daemon, string path) =>
        Deadline.UntilAsync("a socket thread", () => daemon.App.GetStringAsync(path, TestContext.Current.CancellationToken), kind => kind == "socket");

    private static async Task SendAsync(Daemon daemon, CancellationToken stop)
    {
        using var connection = await RawConnection.OpenAsync(daemon.AppPort);
        await connection.SendAsync("POST /hash HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n", stop);
        var piece = Encoding.Latin1.GetBytes(new string('x', 1 << 18));
        try
        {
            while (true)
            {
                await connection.Stream.WriteAsync(piece, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As told.
        }
    }
}
