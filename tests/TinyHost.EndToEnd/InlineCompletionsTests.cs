// Owns: inline completions: the setting, its warnings, and fairness between connections.

using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class InlineCompletionsTests
{
    private const string InlineCompletions = "--TinyHost:InlineCompletions=true";
    private const string NoEffect = "InlineCompletions has no effect";

    [Fact]
    public async Task Handlers_run_on_socket_threads_with_inline_completions()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, InlineCompletions);

        await UntilOnSocketThreadAsync(daemon, "/thread");

        Assert.DoesNotContain(NoEffect, daemon.Process.Output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Daemon.Hello)]
    [InlineData(Daemon.JsonRpc)]
    public async Task The_setting_takes_effect_in_the_examples(string example)
    {
        await using var daemon = await Daemon.StartAsync(example, InlineCompletions);
        await daemon.ScrapeAsync();
        Assert.DoesNotContain(NoEffect, daemon.Process.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_with_a_PROXY_header_are_served_on_socket_threads_too()
    {
        await using var daemon = await Daemon.StartAsync(
            Daemon.Tests, InlineCompletions, "--TinyHost:Prefixes:0:ProxyProtocol=127.0.0.1");
        // In two parts, and with a request right behind it: each way must leave the connection to its socket thread.
        foreach (var first in new[] { "PROXY TCP4 192.0.2.1 ", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "" })
        {
            await Deadline.UntilAsync("a socket thread", () => GetThreadAsync(first), kind => kind == "socket");
        }

        async Task<string> GetThreadAsync(string first)
        {
            const string Header = "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n";
            const string Get = "GET /thread HTTP/1.1\r\nHost: h\r\n";
            using var client = new TcpClient("127.0.0.1", daemon.AppPort) { NoDelay = true };
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(first), TestContext.Current.CancellationToken);
            var rest = $"{Header[first.Length..]}{Get}\r\n{Get}Connection: close\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(rest), TestContext.Current.CancellationToken);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            var answers = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
            Assert.Equal(2, answers.Split("HTTP/1.1 200 OK").Length - 1);
            return answers[^"socket".Length..];
        }
    }

    [Fact]
    public async Task Handlers_run_on_the_thread_pool_by_default()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("pool", await daemon.App.GetStringAsync("/thread", TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task A_warning_reports_that_the_setting_came_too_late()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, InlineCompletions, "--Test:SocketFirst=true");

        await daemon.Process.WaitForOutputAsync(NoEffect);

        Assert.Equal("pool", await daemon.App.GetStringAsync("/thread", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_blocking_handler_is_reported_once_per_route()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, InlineCompletions);

        // Each of these blocks until the warning is logged.
        await UntilOnSocketThreadAsync(daemon, "/block/1");
        await UntilOnSocketThreadAsync(daemon, "/block/2");

        await daemon.Process.WaitForOutputAsync("blocked a socket thread");
        Assert.Single(Regex.Matches(daemon.Process.Output.ToString(), "The handler of GET /block/{id} has blocked a socket thread"));
    }

    [Fact]
    public async Task A_handler_that_blocks_after_awaiting_another_socket_is_reported()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, InlineCompletions);

        // Blocks until the warning is logged.
        await UntilOnSocketThreadAsync(daemon, "/block-after-socket");

        await daemon.Process.WaitForOutputAsync("The handler of GET /block-after-socket was running meanwhile");
    }

    [Fact]
    public async Task Child_processes_do_not_inherit_the_setting()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, InlineCompletions);

        await UntilOnSocketThreadAsync(daemon, "/thread");
        const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
        Assert.Equal("", await daemon.App.GetStringAsync($"/environment/{Variable}", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_peer_that_never_stops_sending_does_not_monopolize_a_socket_thread()
    {
        var oneSocketThread = new Dictionary<string, string> { ["DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT"] = "1" };
        await using var daemon = await Daemon.StartAsync(
            Daemon.Tests, oneSocketThread, InlineCompletions, "--TinyHost:Limits:MaxRequestBodySize=");
        using var stop = new CancellationTokenSource();
        var senders = Enumerable.Range(0, 4).Select(_ => SendAsync(daemon, stop.Token)).ToArray();
        await Deadline.UntilAsync(
            "every upload to begin",
            daemon.ScrapeAsync,
            scrape => scrape.Sum("http_server_active_requests", "http_request_method=\"POST\"") == senders.Length);

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("x", await daemon.App.GetStringAsync("/id/x", TestContext.Current.CancellationToken));
        }

        Assert.All(senders, sender => Assert.False(sender.IsCompleted));
        await stop.CancelAsync();
        await Task.WhenAll(senders);
    }

    /// <summary>Repeats a request, because the first one on a new connection may run on the thread pool.</summary>
    private static Task<string> UntilOnSocketThreadAsync(Daemon daemon, string path) => Deadline.UntilAsync(
        "a socket thread", () => daemon.App.GetStringAsync(path, TestContext.Current.CancellationToken), kind => kind == "socket");

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
            // The test has stopped the sender.
        }
    }
}
