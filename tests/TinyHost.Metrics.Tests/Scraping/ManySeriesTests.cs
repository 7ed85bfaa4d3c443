using System.Collections;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class ManySeriesTests
{
    private const int Count = 1_000_000;

    [Fact]
    public async Task A_million_series_are_streamed_and_each_read_back_once()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        await using var server = await MetricsServer.StartAsync(options =>
        {
            options.ApplicationMeters = false;
            options.CardinalityLimit = Count;
            options.Meters.Add(meter.Name);
        });
        var counter = meter.CreateCounter<int>("c");
        for (var i = 0; i < Count; i++)
        {
            counter.Add(i, new KeyValuePair<string, object?>("i", i));
        }

        using var client = new HttpClient();
        // The first scrape allocates everything else that scrapes need.
        await ReadAsync(client, server, "/metrics?name%5B%5D=none", _ => { });
        var seen = new BitArray(Count);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var length = await ReadAsync(client, server, "/metrics?name%5B%5D=c_total", line =>
        {
            if (line[0] != '#')
            {
                var quote = line.LastIndexOf((byte)'"');
                var i = int.Parse(line["c_total{i=\"".Length..quote], CultureInfo.InvariantCulture);
                if (seen[i] || int.Parse(line[(quote + "\"} ".Length)..], CultureInfo.InvariantCulture) != i)
                {
                    Assert.Fail($"Series {i} is repeated or has a wrong value.");
                }

                seen[i] = true;
            }
        });
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.True(seen.HasAllSet());
        Assert.True(length > 20 * Count, $"{length} bytes");
        Assert.True(allocated < length / 4, $"{allocated} bytes were allocated for {length}");
    }

    [Fact]
    public async Task A_HEAD_request_for_a_long_exposition_is_no_failed_scrape()
    {
        const int count = 60_000;
        using var meter = new Meter(TestCollector.NewMeterName());
        await using var server = await MetricsServer.StartAsync(options =>
        {
            options.CardinalityLimit = count;
            options.Meters.Add(meter.Name);
        });
        var counter = meter.CreateCounter<int>("c");
        for (var i = 0; i < count; i++)
        {
            counter.Add(i, new KeyValuePair<string, object?>("a_name_that_makes_long_lines", i));
        }

        var (status, content, _) = await server.SendAsync("HEAD", server.MetricsPort, "/metrics");
        Assert.Equal((HttpStatusCode.OK, ""), (status, content));
        var scrape = await server.ScrapeAsync("/metrics?name%5B%5D=tinyhost_metrics_scrape_errors_total");
        Assert.DoesNotContain("tinyhost_metrics_scrape_errors_total{", scrape, StringComparison.Ordinal);
    }

    // Reads line by line into a reused buffer.
    private static async Task<long> ReadAsync(HttpClient client, MetricsServer server, string path, LineReader read)
    {
        using var response = await client.GetAsync(
            new Uri($"http://127.0.0.1:{server.MetricsPort}{path}"), HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using var content = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[65_536];
        var held = 0;
        long length = 0;
        for (int count; (count = await content.ReadAsync(buffer.AsMemory(held))) > 0;)
        {
            length += count;
            held += count;
            var start = 0;
            for (int end; (end = buffer.AsSpan(start, held - start).IndexOf((byte)'\n')) >= 0; start += end + 1)
            {
                read(buffer.AsSpan(start, end));
            }

            buffer.AsSpan(start, held - start).CopyTo(buffer);
            held -= start;
        }

        Assert.Equal(0, held);
        return length;
    }

    private delegate void LineReader(ReadOnlySpan<byte> line);
}
