using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class MetricsStageTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/metrics")]
    [InlineData("/metrics?x=1")]
    public async Task The_metrics_port_answers_with_the_exposition(string path)
    {
        await using var server = await MetricsServer.StartAsync();
        var (status, content, response) = await server.SendAsync("GET", server.MetricsPort, path);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.NonValidated["Content-Type"].ToString());
        Assert.Contains("\nprocess_cpu_seconds_total ", content, StringComparison.Ordinal);
        Assert.Contains("\ndotnet_process_cpus ", content, StringComparison.Ordinal);
        Assert.EndsWith("\n", content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/hello")]
    [InlineData("GET", "/metrics/")]
    [InlineData("GET", "/METRICS")]
    [InlineData("POST", "/rpc")]
    public async Task Any_other_path_of_the_metrics_port_is_404_and_never_reaches_the_app(string method, string path)
    {
        var reached = false;
        await using var server = await MetricsServer.StartAsync(app: context =>
        {
            reached = true;
            return Task.CompletedTask;
        });
        var (status, content, _) = await server.SendAsync(method, server.MetricsPort, path);
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("/metrics", content, StringComparison.Ordinal);
        Assert.False(reached);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    public async Task Other_methods_are_405_with_those_allowed(string method)
    {
        await using var server = await MetricsServer.StartAsync();
        var (status, _, response) = await server.SendAsync(method, server.MetricsPort, "/metrics");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, status);
        Assert.Equal(["GET", "HEAD", "OPTIONS"], response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("BREW")]
    [InlineData("GETS")]
    public async Task Methods_that_no_RFC_defines_are_not_implemented(string method)
    {
        await using var server = await MetricsServer.StartAsync();
        var (status, _, response) = await server.SendAsync(method, server.MetricsPort, "/metrics");
        Assert.Equal(HttpStatusCode.NotImplemented, status);
        Assert.Empty(response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("/a%20b")]
    [InlineData("//metrics")]
    [InlineData("/a/../metrics")]
    [InlineData("/metrics?x")]
    public void A_path_that_no_request_can_match_is_rejected(string path)
    {
        var exception = Assert.Throws<ArgumentException>("Path", () => PrometheusMetrics.Wrap(MetricsServer.Hello, path));
        Assert.StartsWith($"Not a path that a request can have: '{path}'; ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_names_the_methods()
    {
        await using var server = await MetricsServer.StartAsync();
        var (status, content, response) = await server.SendAsync("OPTIONS", server.MetricsPort, "/metrics");
        Assert.Equal(HttpStatusCode.NoContent, status);
        Assert.Empty(content);
        Assert.Equal(["GET", "HEAD", "OPTIONS"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Head_is_answered_like_get_without_content()
    {
        await using var server = await MetricsServer.StartAsync();
        var (status, content, response) = await server.SendAsync("HEAD", server.MetricsPort, "/metrics");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Empty(content);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.NonValidated["Content-Type"].ToString());
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/")]
    [InlineData("/anything")]
    public async Task On_other_ports_all_requests_go_to_the_app(string path)
    {
        await using var server = await MetricsServer.StartAsync();
        var (_, content, _) = await server.SendAsync("GET", server.AppPort, path);
        Assert.Equal("app\n", content);
    }

    [Fact]
    public async Task The_Host_field_changes_nothing()
    {
        await using var server = await MetricsServer.StartAsync();
        var (_, content, _) = await server.SendAsync("GET", server.AppPort, "/metrics", host: $"localhost:{server.MetricsPort}");
        Assert.Equal("app\n", content);
        (_, content, _) = await server.SendAsync("GET", server.MetricsPort, "/metrics", host: $"localhost:{server.AppPort}");
        Assert.Contains("process_cpu_seconds_total", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_path_alone_exactly_that_path_is_served_on_every_port()
    {
        await using var server = await MetricsServer.StartAsync(_ => new Pipeline().UseMetrics(path: "/metrics").Run(MetricsServer.Hello));
        foreach (var port in (int[])[server.AppPort, server.MetricsPort])
        {
            Assert.Contains(
                "process_cpu_seconds_total", (await server.SendAsync("GET", port, "/metrics")).Content, StringComparison.Ordinal);
            Assert.Equal("app\n", (await server.SendAsync("GET", port, "/")).Content);
            Assert.Equal("app\n", (await server.SendAsync("GET", port, "/metrics/")).Content);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, (await server.SendAsync("POST", port, "/metrics")).Status);
        }
    }

    [Theory]
    [InlineData("GET", "/other", HttpStatusCode.NotFound, "text/plain")]
    [InlineData("POST", "/metrics", HttpStatusCode.MethodNotAllowed, "text/plain")]
    [InlineData("OPTIONS", "/metrics", HttpStatusCode.NoContent, null)]
    [InlineData("GET", "/metrics", HttpStatusCode.OK, "text/plain")]
    public async Task Fields_that_an_outer_stage_set_for_other_content_are_removed(
        string method, string path, HttpStatusCode status, string? mediaType)
    {
        await using var server = await MetricsServer.StartAsync(port => new Pipeline()
            .Use(next => context =>
            {
                context.Response.ContentType = "application/json";
                context.Response.Fields["Content-Encoding"] = "br";
                context.Response.Fields["ETag"] = "\"x\"";
                context.Response.Fields["X-Version"] = "1";
                return next(context);
            })
            .UseMetrics(port)
            .Run(MetricsServer.Hello));
        var (answered, _, response) = await server.SendAsync(method, server.MetricsPort, path);
        Assert.Equal((status, mediaType), (answered, response.Content.Headers.ContentType?.MediaType));
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Null(response.Headers.ETag);
        Assert.Equal(["1"], response.Headers.GetValues("X-Version"));
    }

    [Fact]
    public async Task An_app_that_returns_null_instead_of_a_task_is_named()
    {
        Exception? failure = null;
        await using var server = await MetricsServer.StartAsync(port =>
        {
            var wrapped = PrometheusMetrics.Wrap(_ => null!, port);
            return context =>
            {
                failure = Record.Exception(() => { _ = wrapped(context); });
                return Task.CompletedTask;
            };
        });
        await server.SendAsync("GET", server.AppPort, "/");
        Assert.Equal(
            "The stage after UseMetrics returned null instead of a task.", Assert.IsType<InvalidOperationException>(failure).Message);
    }

    [Fact]
    public async Task A_path_with_a_port_replaces_the_default_path()
    {
        await using var server = await MetricsServer.StartAsync(options => options.Path = "/stats");
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", server.MetricsPort, "/stats")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", server.MetricsPort, "/")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", server.MetricsPort, "/metrics")).Status);
    }

    [Fact]
    public async Task The_base_path_of_the_prefix_is_not_part_of_the_path()
    {
        var port = FreePort.Next();
        var options = new ServerOptions();
        options.Prefixes.Add($"http://127.0.0.1:{port}/base/");
        await using var server = new HttpServer(options, PrometheusMetrics.Wrap(MetricsServer.Hello, port));
        await server.StartAsync();
        using var client = new HttpClient();
        Assert.Contains("process_cpu", await client.GetStringAsync($"http://127.0.0.1:{port}/base/metrics"), StringComparison.Ordinal);
        Assert.Contains("process_cpu", await client.GetStringAsync($"http://127.0.0.1:{port}/base/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scrapes_are_not_counted_as_app_requests_and_have_their_own_series()
    {
        // A separate host: otherwise requests to other tests' servers would be counted as well.
        using var services = Services.WithMeters();
        await using var server = await MetricsServer.StartAsync(services: services);
        await server.SendAsync("GET", server.AppPort, "/");
        for (var i = 0; i < 20; i++)
        {
            await server.ScrapeAsync(i % 2 == 0 ? "/" : "/metrics");
            await server.SendAsync("POST", server.MetricsPort, "/metrics");
            await server.SendAsync("GET", server.MetricsPort, "/other");
        }

        var lines = (await server.ScrapeAsync()).Split('\n');
        Assert.EndsWith(" 1", Assert.Single(lines, line =>
            line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("tinyhost_metrics_scrape_duration_seconds_count 20", lines);
        Assert.Contains(lines, line => line.StartsWith("tinyhost_metrics_scrape_size_bytes_total ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_apps_instruments_are_exposed_and_gc_can_be_left_out()
    {
        using var meter = new Meter($"Shop.{Guid.NewGuid():N}");
        var orders = meter.CreateCounter<int>($"orders.{meter.Name}");
        await using var server = await MetricsServer.StartAsync(options => options.DisableGc = true);
        orders.Add(2);
        var text = await server.ScrapeAsync();
        Assert.Contains($"orders_{meter.Name.Replace('.', '_')}_total 2\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("dotnet_gc_", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_exposition_is_streamed_and_complete()
    {
        var name = TestCollector.NewMeterName();
        using var meter = new Meter(name);
        await using var server = await MetricsServer.StartAsync(options => Only(options, name));
        var gauge = meter.CreateGauge<int>("g");
        for (var i = 0; i < 2_000; i++)
        {
            gauge.Record(i, new("i", i), new("padding", new string('x', 300)));
        }

        var (_, content, response) = await server.SendAsync("GET", server.MetricsPort, "/metrics");
        Assert.True(response.Headers.TransferEncodingChunked);
        Assert.Equal(2_000, content.Split('\n').Count(line => line.StartsWith("g{", StringComparison.Ordinal)));
        Assert.Contains("process_start_time_seconds ", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Concurrent_scrapes_are_all_complete()
    {
        var name = TestCollector.NewMeterName();
        using var meter = new Meter(name);
        var from = 0;
        meter.CreateObservableGauge(
            "g", () => Enumerable.Range(from++, 500).Select(i => new Measurement<int>(i, new KeyValuePair<string, object?>("i", i))));
        await using var server = await MetricsServer.StartAsync(options => Only(options, name));
        var texts = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => server.ScrapeAsync()));
        foreach (var text in texts)
        {
            string[] series =
                [.. text.Split('\n').Where(line => line.StartsWith("g{", StringComparison.Ordinal)).Select(line => line.Split(' ')[0])];
            Assert.NotEmpty(series);
            Assert.Equal(series.Length, series.Distinct().Count());
            Assert.Contains("process_virtual_memory_bytes ", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_scraper_that_reads_nothing_does_not_block_others()
    {
        var name = TestCollector.NewMeterName();
        using var meter = new Meter(name);
        await using var server = await MetricsServer.StartAsync(options => Only(options, name));
        var gauge = meter.CreateGauge<int>("g");
        for (var i = 0; i < 2_000; i++)
        {
            gauge.Record(i, new("i", i), new("padding", new string('x', 5_000)));
        }

        using var stalled = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096 };
        await stalled.ConnectAsync(IPAddress.Loopback, server.MetricsPort);
        await stalled.SendAsync(Encoding.ASCII.GetBytes("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"));
        await stalled.ReceiveAsync(new byte[1]);
        Assert.True((await server.ScrapeAsync()).Length > 10_000_000);
    }

    [Fact]
    public async Task A_scraper_that_reads_nothing_is_cut_off_and_holds_no_memory()
    {
        var name = TestCollector.NewMeterName();
        using var meter = new Meter(name);
        await using var server = await MetricsServer.StartAsync(options => Only(options, name), limit: limits =>
        {
            limits.MinDataRate = 1_000_000;
            limits.MinDataRateGrace = TimeSpan.FromSeconds(1);
        });
        var gauge = meter.CreateGauge<int>("g");
        for (var i = 0; i < 2_000; i++)
        {
            gauge.Record(i, new("i", i), new("padding", new string('x', 5_000)));
        }

        using var stalled = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096 };
        await stalled.ConnectAsync(IPAddress.Loopback, server.MetricsPort);
        await stalled.SendAsync(Encoding.ASCII.GetBytes("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"));
        await stalled.ReceiveAsync(new byte[1]);
        const string active = "/metrics?name%5B%5D=tinyhost_metrics_scrape_active";
        Assert.EndsWith(" 2\n", await server.ScrapeAsync(active), StringComparison.Ordinal);

        using var timeout = new CancellationTokenSource(TestTimeout.Long);
        while (!(await server.ScrapeAsync(active)).EndsWith(" 1\n", StringComparison.Ordinal))
        {
            Assert.False(timeout.IsCancellationRequested, "The scraper was not shed.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private static void Only(MetricsOptions options, string meter)
    {
        options.ApplicationMeters = false;
        options.Meters.Clear();
        options.Meters.Add(meter);
    }
}
