using System.Diagnostics.Metrics;
using System.IO.Compression;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class ProtobufTests
{
    private const string ContentType = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

    [Theory]
    [InlineData("", 1, false)]
    [InlineData("", 20_000, false)]
    [InlineData("", 20_000, true)]
    [InlineData(";escaping=allow-utf-8", 1, true)]
    public async Task A_protobuf_scrape_has_every_series_and_the_right_content_type(string escaping, int series, bool gzip)
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        await using var server = await StartAsync(meter);
        var counter = meter.CreateCounter<int>("a.b");
        for (var i = 0; i < series; i++)
        {
            counter.Add(i, new("i", i), new("padding", new string('x', 100)));
        }

        using var response = await ScrapeAsync(server, "", escaping, gzip ? "gzip" : "identity");
        Assert.Equal(ContentType
            + (escaping.Length > 0 ? "; escaping=allow-utf-8" : ""), string.Join("", response.Content.Headers.GetValues("Content-Type")));
        Assert.Equal(gzip ? ["gzip"] : [], response.Content.Headers.ContentEncoding);
        var content = await response.Content.ReadAsByteArrayAsync();
        var families = ProtobufMessage.ReadFamilies(gzip ? Decompressed(content) : content);
        ProtobufMessage[] read = [.. families.Where(family =>
            family.Get<string>("name") == (escaping.Length > 0 ? "a.b_total" : "a_b_total")).SelectMany(family => family.All("metric"))];
        Assert.Equal(Enumerable.Range(0, series).Select(i => (double)i), read.Select(
            metric => metric.Get<ProtobufMessage>("counter").Get<double>("value")));
        Assert.Contains(families, family => family.Get<string>("name").EndsWith("cpu_seconds_total", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_select_families_and_reduce_the_size()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        await using var server = await StartAsync(meter);
        meter.CreateCounter<int>("a").Add(1);
        meter.CreateGauge<int>("b").Record(1);
        using var response = await ScrapeAsync(server, "?name%5B%5D=b", "", "identity");
        var content = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal("b", Assert.Single(ProtobufMessage.ReadFamilies(content)).Get<string>("name"));
        Assert.Equal(content.Length, response.Content.Headers.ContentLength);
        Assert.Contains(
            $"\ntinyhost_metrics_scrape_size_bytes_total {content.Length}\n", await server.ScrapeAsync(), StringComparison.Ordinal);
    }

    private static Task<MetricsServer> StartAsync(Meter meter) => MetricsServer.StartAsync(options =>
    {
        options.ApplicationMeters = false;
        options.UnderscoreNames = false;
        options.CardinalityLimit = 20_000;
        options.Meters.Add(meter.Name);
    });

    private static async Task<HttpResponseMessage> ScrapeAsync(MetricsServer server, string query, string escaping, string coding)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.MetricsPort}/metrics{query}");
        request.Headers.TryAddWithoutValidation("Accept", $"{ContentType}{escaping};q=0.7,text/plain;version=0.0.4;q=0.3");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", coding);
        var response = await client.SendAsync(request);
        Assert.Equal(200, (int)response.StatusCode);
        return response;
    }

    private static byte[] Decompressed(byte[] content)
    {
        var output = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(content), CompressionMode.Decompress);
        gzip.CopyTo(output);
        return output.ToArray();
    }
}
