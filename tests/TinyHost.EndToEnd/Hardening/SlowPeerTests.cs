// Owns: that slow peers are shed in time while others are served.
// Does not own: when a deadline is over, to the second (TinyHost.Tests).

using System.Globalization;
using System.Net;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Hardening;

public sealed class SlowPeerTests
{
    // Short enough for a test, and far from what the honest client beside it needs.
    private static readonly string[] s_deadlines =
    [
        "--TinyHost:Limits:HeaderSectionTimeout=3", "--TinyHost:Limits:MinDataRateGrace=3", "--TinyHost:Limits:MinDataRate=50000",
        "--TinyHost:Limits:LingerTimeout=1",
    ];

    [Theory]
    [InlineData(SlowAttack.Headers, "/id/x", "header_section_timeout")]
    [InlineData(SlowAttack.Content, "/length", "content_too_slow")]
    [InlineData(SlowAttack.Reading, "/shared", "response_too_slow")]
    public async Task Slow_peers_are_shed_and_an_honest_client_sees_nothing_of_it(string way, string path, string reason)
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, s_deadlines);
        using var stop = new CancellationTokenSource();
        await using var attack = SlowAttack.Start(way, daemon, path);
        await Deadline.UntilAsync("the attack", daemon.ScrapeAsync, scrape => scrape.Sum("tinyhost_connections_accepted_total") > SlowAttack.Connections);
        var honest = Task.WhenAll(BeHonestAsync(daemon, keep: true, stop.Token), BeHonestAsync(daemon, keep: false, stop.Token));

        var shed = await Deadline.UntilAsync(
            reason, daemon.ScrapeAsync, scrape => scrape.Sum("tinyhost_connection_duration_seconds_count", $"reason=\"{reason}\"") >= SlowAttack.Connections);

        await stop.CancelAsync();
        var served = await honest;
        Assert.All(served, requests => Assert.InRange(requests, 10, int.MaxValue));
        Assert.Equal(SlowAttack.Connections, shed.Sum("tinyhost_connection_duration_seconds_count", $"reason=\"{reason}\""));
        // The deadlines add up to a few seconds; those of the defaults would not.
        Assert.Equal(SlowAttack.Connections, shed.Sum("tinyhost_connection_duration_seconds_bucket", $"reason=\"{reason}\"", "le=\"30\""));
        Assert.DoesNotContain("fail:", daemon.Process.Output.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Gets, and posts in chunks, until told to stop; fails at the first failure. Returns how often.</summary>
    private static async Task<int> BeHonestAsync(Daemon daemon, bool keep, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = daemon.App.BaseAddress, Timeout = Deadline.Limit };
        http.DefaultRequestHeaders.ConnectionClose = !keep;
        for (var requests = 1; ; requests++)
        {
            var id = requests.ToString(CultureInfo.InvariantCulture);
            Assert.Equal(id, await http.GetStringAsync($"/id/{id}", TestContext.Current.CancellationToken));
            using var post = new HttpRequestMessage(HttpMethod.Post, "/length") { Content = new ByteArrayContent(new byte[10_000]) };
            post.Headers.TransferEncodingChunked = true;
            using var response = await http.SendAsync(post, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("10000", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            if (stop.IsCancellationRequested)
            {
                return requests;
            }

            await Task.Yield();
        }
    }
}
