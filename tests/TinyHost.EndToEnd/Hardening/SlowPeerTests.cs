// Owns: that slow peers are disconnected in time and other clients are served meanwhile.

using System.Globalization;
using System.Net;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Hardening;

public sealed class SlowPeerTests
{
    // Short enough for a test, yet far longer than an ordinary client needs.
    private static readonly string[] s_deadlines =
    [
        "--TinyHost:Limits:HeaderSectionTimeout=3", "--TinyHost:Limits:MinDataRateGrace=3", "--TinyHost:Limits:MinDataRate=50000",
        "--TinyHost:Limits:LingerTimeout=1",
    ];

    [Theory]
    [InlineData(SlowAttack.Headers, "/id/x", "header_section_timeout")]
    [InlineData(SlowAttack.Content, "/length", "content_too_slow")]
    [InlineData(SlowAttack.Reading, "/shared", "response_too_slow")]
    public async Task Slow_peers_are_disconnected_while_ordinary_clients_are_served(string attackKind, string path, string reason)
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, s_deadlines);
        using var stop = new CancellationTokenSource();
        await using var attack = SlowAttack.Start(attackKind, daemon, path);
        await Deadline.UntilAsync(
            "the attack", daemon.ScrapeAsync, scrape => scrape.Sum("tinyhost_connections_accepted_total") > SlowAttack.Connections);
        var clients = Task.WhenAll(
            SendRequestsAsync(daemon, persistent: true, stop.Token), SendRequestsAsync(daemon, persistent: false, stop.Token));

        var reasonLabel = $"reason=\"{reason}\"";
        var scrape = await Deadline.UntilAsync(
            reason,
            daemon.ScrapeAsync,
            scrape => scrape.Sum("tinyhost_connection_duration_seconds_count", reasonLabel) >= SlowAttack.Connections);

        await stop.CancelAsync();
        Assert.All(await clients, requests => Assert.InRange(requests, 10, int.MaxValue));
        Assert.Equal(SlowAttack.Connections, scrape.Sum("tinyhost_connection_duration_seconds_count", reasonLabel));
        // The deadlines set here add up to a few seconds; the defaults would add up to more than 30.
        Assert.Equal(SlowAttack.Connections, scrape.Sum("tinyhost_connection_duration_seconds_bucket", reasonLabel, "le=\"30\""));
        Assert.DoesNotContain("fail:", daemon.Process.Output.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Sends a GET and a chunked POST in turn until cancelled, and fails if either fails. Returns the number of rounds.</summary>
    private static async Task<int> SendRequestsAsync(Daemon daemon, bool persistent, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = daemon.App.BaseAddress, Timeout = Deadline.Limit };
        http.DefaultRequestHeaders.ConnectionClose = !persistent;
        for (var round = 1; ; round++)
        {
            var id = round.ToString(CultureInfo.InvariantCulture);
            Assert.Equal(id, await http.GetStringAsync($"/id/{id}", TestContext.Current.CancellationToken));
            using var post = new HttpRequestMessage(HttpMethod.Post, "/length") { Content = new ByteArrayContent(new byte[10_000]) };
            post.Headers.TransferEncodingChunked = true;
            using var response = await http.SendAsync(post, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("10000", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            if (stop.IsCancellationRequested)
            {
                return round;
            }

            await Task.Yield();
        }
    }
}
