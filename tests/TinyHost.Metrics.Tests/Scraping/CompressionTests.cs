using System.Diagnostics.Metrics;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class CompressionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5_000)]
    public async Task The_compressed_exposition_is_complete(int series)
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        await using var server = await StartAsync(meter);
        var gauge = meter.CreateGauge<int>("g");
        for (var i = 0; i < series; i++)
        {
            gauge.Record(i, new("i", i), new("padding", new string('x', i == 7 ? 200_000 : 300)));
        }

        var plain = await server.ScrapeAsync("/metrics?name%5B%5D=g");
        var (response, content) = await GetAsync(server, "GET", "/metrics?name%5B%5D=g", "gzip");
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        Assert.Contains("Accept-Encoding", response.Headers.Vary);
        Assert.True(content.Length < plain.Length);
        Assert.Equal(plain, Decompressed(content));
    }

    [Fact]
    public async Task Empty_content_is_not_labelled_as_compressed()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        await using var server = await StartAsync(meter);
        var (response, content) = await GetAsync(server, "GET", "/metrics?name%5B%5D=none", "gzip");
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Empty(content);
        Assert.Empty(response.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task Without_Accept_Encoding_nothing_is_compressed()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        await using var server = await StartAsync(meter);
        var (response, _) = await GetAsync(server, "GET", "/metrics", "identity");
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Contains("Accept-Encoding", response.Headers.Vary);
    }

    [Fact]
    public async Task Head_has_the_fields_of_get_and_no_content()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        await using var server = await StartAsync(meter);
        var (response, content) = await GetAsync(server, "HEAD", "/metrics", "gzip");
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        Assert.True(response.Content.Headers.ContentLength > 0);
        Assert.Empty(content);
    }

    [Fact]
    public async Task Names_select_families()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        await using var server = await StartAsync(meter);
        meter.CreateCounter<int>("a.b").Add(1);
        meter.CreateGauge<int>("c").Record(1);
        Assert.Equal(["a_b_total 1"], await SamplesAsync(server, "?name%5B%5D=a_b_total"));
        Assert.Equal(["a_b_total 1"], await SamplesAsync(server, "?name%5B%5D=a_b"));
        Assert.Equal(["a_b_total 1", "c 1"], await SamplesAsync(server, "?name%5b%5d=a.b_total&x=y&name%5B%5D=c&name%5B%5D=none"));
        Assert.Equal(["target_info{a=\"b\"} 1"], await SamplesAsync(server, "?name%5B%5D=target"));
        Assert.Empty(await SamplesAsync(server, "?name%5B%5D=none"));
        Assert.Empty(await SamplesAsync(server, "?name%5B%5D="));
        Assert.Contains("c 1", await SamplesAsync(server, "?x=y&&=&name=z"));
    }

    /// <summary>HttpClient, curl -g and Python's urllib do not encode these characters.</summary>
    [Theory]
    [InlineData("?name[]=a_b_total", "a_b_total 1")]
    [InlineData("?name[]=c&name%5B]=a_b", "a_b_total 1;c 1")]
    [InlineData("?name[]=c&name[]=100%", "c 1")]
    [InlineData("?name[]=%&name[]=c", "c 1")]
    [InlineData("?name[]=%zz&name[]=%4&name[]=c&%", "c 1")]
    [InlineData("?name[]={c}|\"<>^`\\", "")]
    public async Task Names_in_a_query_select_families(string query, string expected)
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        await using var server = await StartAsync(meter);
        meter.CreateCounter<int>("a.b").Add(1);
        meter.CreateGauge<int>("c").Record(1);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.MetricsPort);
        await client.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes($"GET /metrics{query} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(client.GetStream());
        var parts = (await reader.ReadToEndAsync()).Split("\r\n\r\n", 2);
        Assert.StartsWith("HTTP/1.1 200 ", parts[0], StringComparison.Ordinal);
        Assert.Equal(
            expected, string.Join(';', parts[1].Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#'))));
    }

    private static async Task<string[]> SamplesAsync(MetricsServer server, string query) =>
        [.. (await server.ScrapeAsync("/metrics" + query)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(
            line => !line.StartsWith('#'))];

    private static Task<MetricsServer> StartAsync(Meter meter) => MetricsServer.StartAsync(options =>
    {
        options.ApplicationMeters = false;
        options.CardinalityLimit = 10_000;
        options.Resource["a"] = "b";
        options.Meters.Add(meter.Name);
    });

    private static async Task<(HttpResponseMessage Response, byte[] Content)> GetAsync(
        MetricsServer server, string method, string path, string acceptEncoding)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), $"http://127.0.0.1:{server.MetricsPort}{path}");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", acceptEncoding);
        var response = await client.SendAsync(request);
        return (response, await response.Content.ReadAsByteArrayAsync());
    }

    private static string Decompressed(byte[] content)
    {
        using var reader = new StreamReader(new GZipStream(new MemoryStream(content), CompressionMode.Decompress), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
