// Owns: that no request is lost behind reverse proxies with persistent upstream connections.

using System.Globalization;
using System.Net;
using System.Text;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Hardening;

public sealed class ReverseProxyTests
{
    private const int Requests = 2_000;
    private const int MaxLength = 300_000;

    [Fact]
    public async Task HAProxy_with_persistent_connections_loses_no_request()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        using var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        await using var proxy = HaProxy.Start(
            directory, port, [], ["retries 0", $"server tinyhost 127.0.0.1:{daemon.AppPort} pool-max-conn 64"]);

        await AssertNothingIsLostAsync(daemon, port);
    }

    [Fact]
    public async Task Nginx_with_persistent_connections_loses_no_request()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests);
        using var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        await using var proxy = Nginx.Start(
            directory, port, daemon.AppPort, ["proxy_request_buffering off;", "proxy_next_upstream off;"]);

        await AssertNothingIsLostAsync(daemon, port);
    }

    private static async Task AssertNothingIsLostAsync(Daemon daemon, int port)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = Deadline.Limit };
        await Deadline.UntilAsync(
            "the proxy", () => http.GetStringAsync("/id/ready", TestContext.Current.CancellationToken), answer => answer == "ready");

        var options = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForAsync(0, Requests, options, async (number, _) => await ExchangeAsync(http, number));

        var scrape = await daemon.ScrapeAsync();
        foreach (var route in new[] { "/id/{id}", "/zeros/{length}", "/length", "/echo" })
        {
            var ready = route == "/id/{id}" ? 1 : 0;
            var count = scrape.Sum(
                "http_server_request_duration_seconds_count", $"http_route=\"{route}\"", "http_response_status_code=\"200\"");
            Assert.Equal((Requests / 4) + ready, count);
        }

        Assert.Equal(Requests + 1, scrape.Sum("http_server_request_duration_seconds_count"));
        // The proxy did reuse connections: far fewer were opened than requests were sent.
        Assert.InRange(scrape.Sum("tinyhost_connections_accepted_total"), 1, Requests / 10);
    }

    private static async Task ExchangeAsync(HttpClient http, int number)
    {
        // All sizes, small ones more often than large ones.
        var random = new Random(number);
        var length = (int)(MaxLength * Math.Pow(random.NextDouble(), 4));
        var content = new byte[length];
        random.NextBytes(content);
        switch (number % 4)
        {
            case 0:
                Assert.Equal($"{number}", await http.GetStringAsync($"/id/{number}", TestContext.Current.CancellationToken));
                break;
            case 1:
                Assert.Equal(length, (await http.GetByteArrayAsync($"/zeros/{length}", TestContext.Current.CancellationToken)).Length);
                break;
            case 2:
                var answer = Encoding.ASCII.GetString(await PostAsync(http, "/length", content));
                Assert.Equal(length.ToString(CultureInfo.InvariantCulture), answer);
                break;
            default:
                Assert.Equal(content, await PostAsync(http, "/echo", content));
                break;
        }
    }

    /// <summary>Sends content of even length in chunks, other content with a Content-Length.</summary>
    private static async Task<byte[]> PostAsync(HttpClient http, string path, byte[] content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(content) };
        request.Headers.TransferEncodingChunked = content.Length % 2 == 0;
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
    }
}
