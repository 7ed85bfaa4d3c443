// Owns: interoperability with programs people use: curl, HAProxy, Chromium.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class InteroperabilityTests
{
    private const string Call = """{"jsonrpc":"2.0","method":"echo","params":["curl"],"id":1}""";
    private const string Reply = """{"jsonrpc":"2.0","result":["curl"],"id":1}""";

    [Theory]
    [InlineData("HTTP/1.1 200", "--http1.1")]
    [InlineData("HTTP/1.1 200", "--http1.0")]
    [InlineData("HTTP/1.1 200", "--http1.0", "--header", "Connection: keep-alive")]
    public async Task Curl_gets_the_page_with_HTTP_1_0_and_1_1(string statusLine, params string[] options)
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Hello);
        var url = $"http://127.0.0.1:{daemon.AppPort}/hello";

        // Twice, over one connection if it persists.
        var output = await CurlAsync([.. options, "--include", url, url]);

        Assert.Equal(2, output.Split(statusLine).Length - 1);
        Assert.Equal(2, output.Split("Hello from TinyHost!").Length - 1);
    }

    [Fact]
    public async Task Curl_gets_only_the_head_with_HEAD()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Hello);
        var url = $"http://127.0.0.1:{daemon.AppPort}/hello";

        var output = await CurlAsync(["--head", url, url]);

        Assert.Equal(2, output.Split("Content-Length: 20").Length - 1);
        Assert.DoesNotContain("Hello", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked")]
    [InlineData("Expect: 100-continue")]
    public async Task Curl_sends_content_in_chunks_and_after_100_Continue(string field)
    {
        await using var daemon = await Daemon.StartAsync(Daemon.JsonRpc);

        var url = $"http://127.0.0.1:{daemon.AppPort}/rpc";
        var output = await CurlAsync(["--verbose", "--header", field, "--data-binary", "@-", url], Call);

        Assert.Equal(Reply, output);
    }

    [Fact]
    public async Task HAProxy_finds_the_example_healthy_and_forwards_to_it()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Hello);
        using var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        await using var proxy = HaProxy.Start(
            directory, port, ["stats enable", "stats uri /stats"],
            ["option httpchk GET /hello", $"server tinyhost 127.0.0.1:{daemon.AppPort} check inter 100ms"]);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = Deadline.Limit };

        await Deadline.UntilAsync(
            "a passed layer 7 check",
            () => http.GetStringAsync("/stats;csv", TestContext.Current.CancellationToken),
            csv => csv.Split('\n').Any(line => line.StartsWith("app,tinyhost,", StringComparison.Ordinal)
                && line.Contains(",UP,", StringComparison.Ordinal) && line.Contains(",L7OK,200,", StringComparison.Ordinal)));
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("Hello from TinyHost!", await http.GetStringAsync("/hello", TestContext.Current.CancellationToken));
        }

        // More than a hundred: the health checks count too.
        var scrape = await daemon.ScrapeAsync();
        Assert.True(scrape.Sum("http_server_request_duration_seconds_count", "http_route=\"/hello\"") > 100);
    }

    [Fact]
    public async Task Chromium_shows_the_page_and_the_metrics()
    {
        var browser = new Browser();
        await using var daemon = await Daemon.StartAsync(Daemon.Hello);

        var page = await browser.LoadAsync($"http://127.0.0.1:{daemon.AppPort}/hello");
        Assert.Contains("Hello from TinyHost!", page, StringComparison.Ordinal);
        var metrics = await browser.LoadAsync($"http://127.0.0.1:{daemon.MetricsPort}/metrics");
        Assert.Contains("process_start_time_seconds", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chromium_gets_links_at_the_root_of_the_metrics_port_and_curl_the_metrics()
    {
        var browser = new Browser();
        await using var daemon = await Daemon.StartAsync(Daemon.Hello);
        var root = $"http://127.0.0.1:{daemon.MetricsPort}/";

        var page = await browser.LoadAsync(root);
        Assert.Contains("<h1>Hello</h1>", page, StringComparison.Ordinal);
        Assert.Contains("<a href=\"./metrics\">Metrics</a>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("process_start_time_seconds", page, StringComparison.Ordinal);

        Assert.Contains("process_start_time_seconds", await CurlAsync([root]), StringComparison.Ordinal);
        Assert.Equal("Healthy.\nReady.", await CurlAsync([root + "-/healthy", root + "-/ready"]));
    }

    private static async Task<string> CurlAsync(IEnumerable<string> arguments, string input = "")
    {
        var curl = OutsideProgram.Require("curl", package: "curl");
        string[] allArguments = ["--silent", "--show-error", "--max-time", "60", .. arguments];
        var (exitCode, output, errors) = await ChildProcess.RunAsync(curl, allArguments, input);
        Assert.True(exitCode == 0, $"curl exited with {exitCode}: {errors}");
        return output;
    }
}
