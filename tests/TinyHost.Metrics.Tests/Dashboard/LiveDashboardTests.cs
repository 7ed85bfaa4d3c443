using System.Net;
using System.Text.Json;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Dashboard;

public sealed class LiveDashboardTests
{
    [Fact]
    public async Task It_was_watching_before_anybody_looked()
    {
        await using var server = await DashboardServer.StartAsync();
        var rejected = server.Test.Meter.CreateCounter<long>("tinyhost.requests.rejected");
        for (var i = 0; i < 650; i++)
        {
            rejected.Add(i, new KeyValuePair<string, object?>("reason", "a"));
            server.Pass(1);
        }

        var values = ColumnOf(await server.PageAsync(), "rejected", "a").Split(',');
        Assert.Equal(600, values.Length);
        Assert.Equal(["50", "51"], values[..2]);
        Assert.Equal("649", values[^1]);
    }

    [Fact]
    public async Task Seconds_in_which_the_process_was_suspended_are_gaps()
    {
        await using var server = await DashboardServer.StartAsync();
        server.Pass(2);
        server.Time.Suspend(TimeSpan.FromSeconds(3));
        server.Pass(1);
        Assert.Equal(["", "0", "0", "", "", "", "0"], ColumnOf(await server.PageAsync(), "connections", "open").Split(','));
    }

    [Fact]
    public async Task Rates_after_a_gap_are_over_the_time_since()
    {
        await using var server = await DashboardServer.StartAsync();
        var rejected = server.Test.Meter.CreateCounter<long>("tinyhost.requests.rejected");
        server.Pass(1);
        rejected.Add(8, new KeyValuePair<string, object?>("reason", "a"));
        server.Time.Suspend(TimeSpan.FromSeconds(3));
        server.Pass(1);
        Assert.Equal("2", ColumnOf(await server.PageAsync(), "rejected", "a").Split(',')[^1]);
    }

    [Fact]
    public async Task Readings_stay_at_whole_seconds_when_the_timer_is_late()
    {
        await using var server = await DashboardServer.StartAsync();
        server.Time.Suspend(TimeSpan.FromMilliseconds(30));
        server.Pass(1);
        for (var i = 0; i < 49; i++)
        {
            server.Time.Suspend(TimeSpan.FromMilliseconds(30));
            server.Time.Advance(TimeSpan.FromMilliseconds(970));
        }

        // The last reading was at 50.03 s.
        var values = ColumnOf(await server.PageAsync(), "connections", "open").Split(',');
        Assert.Equal(51, values.Length);
        Assert.DoesNotContain("", values[1..]);
    }

    [Fact]
    public async Task All_viewers_get_the_same_bytes_once_a_second()
    {
        await using var server = await DashboardServer.StartAsync();
        server.Pass(3);
        using var first = await server.WatchAsync("?after=9999999999");
        using var second = await server.WatchAsync("?after=9999999999");
        Assert.Equal("text/event-stream", first.Response.Content.Headers.ContentType?.MediaType);
        Assert.True(first.Response.Headers.CacheControl?.NoStore);
        for (var i = 0; i < 20; i++)
        {
            server.Pass(1);
            var text = await first.NextAsync();
            Assert.Equal(text, await second.NextAsync());
            Assert.Matches(@"^data: \d+;[0-9E+.,-]*\n$", text);
        }
    }

    [Fact]
    public async Task A_viewer_first_gets_what_was_read_since_its_page_was_made()
    {
        await using var server = await DashboardServer.StartAsync();
        server.Pass(20);
        var start = new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        using var viewer = await server.WatchAsync($"?after={start + 18}");
        Assert.Equal(19, (await viewer.NextValuesAsync()).Second);
        Assert.Equal(20, (await viewer.NextValuesAsync()).Second);
        server.Pass(1);
        Assert.Equal(21, (await viewer.NextValuesAsync()).Second);

        // A connection that was lost for long leaves a gap.
        using var late = await server.WatchAsync($"?after={start + 3}");
        Assert.Equal(17, (await late.NextValuesAsync()).Second);
        using var invalid = await server.WatchAsync("?after=x");
        Assert.Equal(17, (await invalid.NextValuesAsync()).Second);
    }

    [Fact]
    public async Task New_columns_are_told_before_their_values()
    {
        await using var server = await DashboardServer.StartAsync();
        server.Pass(1);
        using var viewer = await server.WatchAsync("?after=9999999999");
        var rejected = server.Test.Meter.CreateCounter<long>("tinyhost.requests.rejected");
        rejected.Add(5, new KeyValuePair<string, object?>("reason", "</script>\n<b>"));
        server.Pass(1);
        var columns = await viewer.NextAsync();
        Assert.StartsWith("event: columns\ndata: {", columns, StringComparison.Ordinal);
        Assert.DoesNotContain("</script>", columns, StringComparison.Ordinal);
        using var definitions = JsonDocument.Parse(columns["event: columns\ndata: ".Length..]);
        Assert.Equal("</script>\n<b>", definitions.RootElement.GetProperty("columns").EnumerateArray().Last()[1].GetString());
        Assert.Equal("5", (await viewer.NextValuesAsync()).Values[^1]);
    }

    [Fact]
    public async Task A_viewer_that_reads_nothing_holds_up_nobody()
    {
        await using var server = await DashboardServer.StartAsync();
        var requests = server.Test.Meter.CreateHistogram<double>("http.server.request.duration");
        for (var i = 0; i < 24; i++)
        {
            requests.Record(0.123, new KeyValuePair<string, object?>("http.route", $"/{i}"));
        }

        server.Pass(1);
        using var idle = new System.Net.Sockets.TcpClient { ReceiveBufferSize = 4_096 };
        await idle.ConnectAsync(IPAddress.Loopback, server.Url.Port, TestContext.Current.CancellationToken);
        await idle.GetStream().WriteAsync(
            "GET /dashboard/events HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        using var viewer = await server.WatchAsync("?after=9999999999");
        for (var i = 2; i < 2_000; i++)
        {
            server.Pass(1);
            Assert.Equal(i, (await viewer.NextValuesAsync()).Second);
        }

        Assert.Empty(server.Test.Log.Entries);
    }

    [Fact]
    public async Task Viewers_beyond_the_limit_are_refused_until_one_leaves()
    {
        await using var server = await DashboardServer.StartAsync();
        server.Pass(1);
        var viewers = new List<DashboardServer.Viewer>();
        for (var i = 0; i < EventBroadcast.MaxViewers; i++)
        {
            viewers.Add(await server.WatchAsync());
        }

        using (var refused = await server.SendAsync("/events"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        viewers[0].Dispose();
        var status = HttpStatusCode.ServiceUnavailable;
        while (status == HttpStatusCode.ServiceUnavailable)
        {
            server.Pass(1);
            using var response = await server.SendAsync("/events");
            status = response.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, status);
        viewers.ForEach(viewer => viewer.Dispose());
    }

    [Fact]
    public async Task Two_hundred_viewers_take_nothing_from_those_who_were_first()
    {
        await using var server = await DashboardServer.StartAsync();
        server.Pass(1);
        var responses = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => server.SendAsync("/events?after=9999999999")));
        Assert.Equal(EventBroadcast.MaxViewers, responses.Count(response => response.StatusCode == HttpStatusCode.OK));
        Assert.Equal(
            200 - EventBroadcast.MaxViewers, responses.Count(response => response.StatusCode == HttpStatusCode.ServiceUnavailable));
        var first = responses.First(response => response.StatusCode == HttpStatusCode.OK);
        using var viewer = new DashboardServer.Viewer(
            first, await first.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        server.Pass(1);
        Assert.Equal(2, (await viewer.NextValuesAsync()).Second);
        Assert.StartsWith("<!DOCTYPE html>", await server.PageAsync(), StringComparison.Ordinal);
        Array.ForEach(responses, static response => response.Dispose());
    }

    [Fact]
    public async Task Texts_that_are_no_Unicode_reach_the_page()
    {
        await using var server = await DashboardServer.StartAsync();
        var rejected = server.Test.Meter.CreateCounter<long>("tinyhost.requests.rejected");
        rejected.Add(5, new KeyValuePair<string, object?>("reason", "a\ud800b\u2028"));
        server.Pass(2);
        Assert.Contains("a\\uFFFDb\\u2028", await server.PageAsync(), StringComparison.OrdinalIgnoreCase);
        Assert.Empty(server.Test.Log.Entries);
    }

    [Fact]
    public async Task With_too_little_memory_for_a_series_the_page_is_empty()
    {
        await using var server = await DashboardServer.StartAsync(memory: 4_096);
        server.Pass(2);
        Assert.Contains("\"values\":[]", await server.PageAsync(), StringComparison.Ordinal);
        using var viewer = await server.WatchAsync("?after=9999999999");
        server.Pass(1);
        Assert.Equal([""], (await viewer.NextValuesAsync()).Values);
    }

    [Fact]
    public async Task Reading_ends_with_the_dashboard()
    {
        var server = await DashboardServer.StartAsync();
        Assert.Equal(1, server.Time.TimerCount);
        await server.DisposeAsync();
        Assert.Equal(0, server.Time.TimerCount);
    }

    private static string ColumnOf(string page, string chart, string name)
    {
        var start = page.IndexOf("id=\"data\">", StringComparison.Ordinal) + "id=\"data\">".Length;
        using var data = JsonDocument.Parse(page[start..page.IndexOf("</script>", start, StringComparison.Ordinal)]);
        var columns = data.RootElement.GetProperty("definitions").GetProperty("columns").EnumerateArray().ToList();
        var index = columns.FindIndex(column => column[0].GetString() == chart && column[1].GetString() == name);
        return data.RootElement.GetProperty("values")[index].GetString()!;
    }
}
