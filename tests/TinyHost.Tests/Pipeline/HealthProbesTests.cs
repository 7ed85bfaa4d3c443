// Owns: tests of the stage that answers health probes.

using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class HealthProbesTests
{
    private readonly RecordingLogger _log = new();

    private static Task App(RequestContext context) => context.Response.WriteTextAsync("app");

    private static Func<CancellationToken, Task<HealthResult>> Is(HealthResult result) => _ => Task.FromResult(result);

    [Theory]
    [InlineData("/-/healthy", 200, "Healthy.\n")]
    [InlineData("/-/ready", 503, "Not ready.\ndatabase: unhealthy: refused\nqueue: degraded: long\n")]
    [InlineData("/-/ready/", 200, "app")]
    [InlineData("/", 200, "app")]
    public async Task Checks_without_the_live_tag_decide_readiness_alone(string path, int status, string content)
    {
        await using var server = await StartAsync(health => health
            .Add("database", Is(HealthResult.Unhealthy("refused")), "ready")
            .Add("queue", Is(HealthResult.Degraded("long")))
            .Add("cache", Is(HealthResult.Healthy)));
        using var client = await server.ConnectAsync();
        var response = await client.GetAsync(path);
        Assert.Equal((status, content), (response.Status, response.Content));
    }

    [Theory]
    [InlineData("/-/healthy", "Unhealthy.\nworker: unhealthy: stuck\n")]
    [InlineData("/-/ready", "Not ready.\nworker: unhealthy: stuck\n")]
    public async Task Checks_with_the_live_tag_decide_both(string path, string content)
    {
        await using var server = await StartAsync(health => health.Add("worker", Is(HealthResult.Unhealthy("stuck")), "LIVE"));
        using var client = await server.ConnectAsync();
        var response = await client.GetAsync(path);
        Assert.Equal((503, content), (response.Status, response.Content));
        Assert.Equal(["no-store"], response.Fields["Cache-Control"]);
    }

    [Theory]
    [InlineData("application/json", true)]
    [InlineData("application/json;q=0.9, text/plain;q=0.5", true)]
    [InlineData("application/*", true)]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8", false)]
    [InlineData("text/plain, application/json;q=0.5", false)]
    [InlineData("application/json;q=0", false)]
    [InlineData("application/json;q=x", false)]
    [InlineData("*/*", false)]
    public async Task JSON_is_answered_where_Accept_prefers_it(string accept, bool isJson)
    {
        await using var server = await StartAsync(health => health.Add("database", Is(HealthResult.Unhealthy("\"refused\""))));
        using var client = await server.ConnectAsync();
        var response = await client.GetAsync("/-/ready", $"Accept: {accept}\r\n");
        Assert.Equal(503, response.Status);
        Assert.Equal(["Accept"], response.Fields["Vary"]);
        if (!isJson)
        {
            Assert.StartsWith("Not ready.\n", response.Content, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(["application/json"], response.Fields["Content-Type"]);
        using var json = JsonDocument.Parse(response.Content);
        Assert.Equal("unhealthy", json.RootElement.GetProperty("status").GetString());
        var checks = json.RootElement.GetProperty("checks");
        Assert.Equal("unhealthy", checks.GetProperty("database").GetProperty("status").GetString());
        Assert.Equal("\"refused\"", checks.GetProperty("database").GetProperty("reason").GetString());
        Assert.Equal("healthy", checks.GetProperty("server").GetProperty("status").GetString());
        Assert.Equal("healthy", checks.GetProperty("server.heartbeat").GetProperty("status").GetString());
        Assert.True(checks.GetProperty("server.chain").GetProperty("seconds").GetDouble() >= 0);
    }

    [Fact]
    public async Task Code_reads_the_results_of_the_checks_and_the_number_of_connections()
    {
        var options = new HealthOptions().Add("database", Is(HealthResult.Unhealthy("refused")));
        var handler = HealthProbes.Wrap(App, options);
        var probes = (HealthProbes)handler.Target!;
        Assert.Empty(await probes.CheckReadinessAsync());
        Assert.Equal(0, probes.OpenConnections);

        // Two servers share the stage.
        await using (var one = await TestServer.StartAsync(handler))
        await using (var other = await TestServer.StartAsync(handler))
        {
            using var client = await one.ConnectAsync();
            using var second = await other.ConnectAsync();
            Assert.Equal("app", (await client.GetAsync("/")).Content);
            Assert.Equal("app", (await second.GetAsync("/")).Content);
            Assert.Equal(2, probes.OpenConnections);
            var results = await probes.CheckReadinessAsync();
            Assert.Equal(HealthResult.Unhealthy("refused"), results["database"]);
            Assert.Equal(HealthResult.Healthy, results["server"]);
            Assert.Equal(["database", "server", "server.accept_loop", "server.chain", "server.heartbeat"], results.Keys.Order());
        }

        Assert.Empty(await probes.CheckReadinessAsync());
        Assert.Equal(0, probes.OpenConnections);
    }

    [Fact]
    public async Task Methods_are_those_of_a_resource_to_read()
    {
        await using var server = await StartAsync(health => health.Add("a", Is(HealthResult.Healthy)));
        using var client = await server.ConnectAsync();
        await client.SendAsync("HEAD /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n");
        var head = await client.ReadResponseAsync(toHead: true);
        Assert.Equal((200, "9"), (head.Status, Assert.Single(head.Fields["Content-Length"])));
        await client.SendAsync("POST /-/healthy HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
        var post = await client.ReadResponseAsync();
        Assert.Equal((405, "GET, HEAD, OPTIONS"), (post.Status, Assert.Single(post.Fields["Allow"])));
        await client.SendAsync("OPTIONS /-/ready HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(204, (await client.ReadResponseAsync()).Status);
        await client.SendAsync("FROB /-/ready HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(501, (await client.ReadResponseAsync()).Status);
    }

    [Fact]
    public async Task Probes_appear_neither_in_the_metrics_nor_in_the_access_log()
    {
        using var meters = new MeterRecorder();
        await using var server = await TestServer.StartAsync(
            new Pipeline().UseAccessLog(logger: _log).UseHealth().Run(new Routes().Get("/", App)),
            options => options.Services = new OneService(meters));
        using var client = await server.ConnectAsync();
        Assert.Equal("Healthy.\n", (await client.GetAsync("/-/healthy")).Content);
        Assert.Equal("Ready.\n", (await client.GetAsync("/-/ready")).Content);
        Assert.Equal("app", (await client.GetAsync("/")).Content);
        var line = Assert.Single(_log.Entries).Message;
        Assert.Contains("GET /", line, StringComparison.Ordinal);
        Assert.DoesNotContain("/-/", line, StringComparison.Ordinal);
        Assert.Single(meters.Tags("http.server.request.duration"));
    }

    [Fact]
    public async Task Probes_can_have_a_port_of_their_own_which_the_server_adds()
    {
        var port = FreePort.Next();
        await using var server = await TestServer.StartAsync(new Pipeline().UseHealth(port).Run(App));
        using var client = await server.ConnectAsync();
        Assert.Equal("app", (await client.GetAsync("/-/healthy")).Content);
        using var prober = await RawClient.ConnectAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port));
        Assert.Equal("Healthy.\n", (await prober.GetAsync("/-/healthy")).Content);
        var other = await prober.GetAsync("/");
        Assert.Equal((404, "The probes are at /-/healthy and /-/ready.\n"), (other.Status, other.Content));
    }

    [Fact]
    public async Task Probes_can_have_a_prefix_of_their_own()
    {
        await using var server = await TestServer.StartAsync(new Pipeline().UseHealth(prefix: "probes").Run(App), options =>
        {
            options.Prefixes.Add("http://127.0.0.1:0/");
            options.Prefixes.Add("probes=http://127.0.0.1:0/");
        });
        using var prober = await RawClient.ConnectAsync(server.EndPointOf("probes"));
        Assert.Equal("Ready.\n", (await prober.GetAsync("/-/ready")).Content);
        using var client = await server.ConnectAsync();
        Assert.Equal("app", (await client.GetAsync("/-/ready")).Content);
    }

    [Fact]
    public async Task Settings_override_the_options()
    {
        var services = Services(
            ("TinyHost:Health:LivenessPath", "/livez"), ("TinyHost:Health:ReadinessPath", "/readyz"), ("TinyHost:Health:CheckTimeout", "3"),
            ("TinyHost:Health:CacheLifetime", "0"), ("TinyHost:Health:ProbeChain", "false"), ("TinyHost:Health:Port", ""));
        await using var server = await TestServer.StartAsync(
            new Pipeline(services).UseHealth(health => health.LivenessPath = "/alive").Run(App));
        using var client = await server.ConnectAsync();
        Assert.Equal("Ready.\n", (await client.GetAsync("/readyz")).Content);
        Assert.Equal("app", (await client.GetAsync("/alive")).Content);
        Assert.DoesNotContain(
            "server.chain", (await client.GetAsync("/livez", "Accept: application/json\r\n")).Content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LivenessPath", "/-/ready", "are both '/-/ready'; give each a path of its own.")]
    [InlineData("LivenessPath", "healthy", "it must be a path that a request can have, such as /-/healthy.")]
    [InlineData("CheckTimeout", "0", "it must be a time in seconds")]
    [InlineData("Livenesspaht", "/x", "unknown setting TinyHost:Health:Livenesspaht. Known settings: CacheLifetime, CheckTimeout")]
    public void A_setting_that_cannot_be_read_is_refused(string key, string value, string expected)
    {
        var error = Assert.Throws<ServerStartException>(
            () => new Pipeline(Services(($"TinyHost:Health:{key}", value))).UseHealth().Run(App));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_invalid_option_is_refused()
    {
        Action<HealthOptions>[] invalid =
        [
            health => health.LivenessPath = "x",
            health => health.ReadinessPath = health.LivenessPath,
            health => health.Port = 0,
            health => (health.Port, health.Prefix) = (1, "a"),
            health => health.Prefix = "a b",
            health => health.CacheLifetime = TimeSpan.FromSeconds(-1),
            health => health.CheckTimeout = TimeSpan.Zero,
        ];
        Assert.All(invalid, change => Assert.ThrowsAny<ArgumentException>(() => new Pipeline().UseHealth(change).Run(App)));
    }

    [Fact]
    public async Task Two_checks_of_one_name_fail_the_start()
    {
        var error = await Assert.ThrowsAsync<ServerStartException>(
            () => StartAsync(health => health.Add("a", Is(HealthResult.Healthy)).Add("a", Is(HealthResult.Healthy))));
        Assert.Equal("Cannot start: two health checks are named 'a'; give each a name of its own.", error.Message);
    }

    [Fact]
    public async Task A_stopping_server_is_alive_but_not_ready()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(new Pipeline().UseHealth().Run(App), options =>
        {
            options.TimeProvider = time;
            options.DrainDelay = TimeSpan.FromSeconds(10);
        });
        var endPoint = server.EndPoints[0];
        var timers = time.TimerCount;
        var stopping = server.StopAsync(TestContext.Current.CancellationToken);
        await Until.TrueAsync(() => time.TimerCount > timers);
        using var first = await RawClient.ConnectAsync(endPoint);
        var ready = await first.GetAsync("/-/ready");
        Assert.Equal((503, "Not ready.\nserver: unhealthy: stopping\n"), (ready.Status, ready.Content));
        Assert.Equal(["close"], ready.Fields["Connection"]);
        using var second = await RawClient.ConnectAsync(endPoint);
        Assert.Equal("Healthy.\n", (await second.GetAsync("/-/healthy")).Content);
        await server.StopAsync(TestContext.Current.CancellationToken);
        await stopping.WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task Each_state_is_a_series_and_the_worst_of_one_name_counts()
    {
        var services = new ServiceCollection()
            .AddMetrics()
            .AddSingleton<IHealthCheckSource>(new Source(new HealthCheck("shared", Is(HealthResult.Degraded("slow")))))
            .BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        var port = FreePort.Next();
        var server = await TestServer.StartAsync(
            new Pipeline(services)
                .UseHealth(port, health => health.Add("a", Is(HealthResult.Healthy)))
                .UseHealth(health => health.Add("b", Is(HealthResult.Unhealthy("no"))))
                .Run(App),
            options => options.Services = services);
        await using (server)
        {
            using var client = await server.ConnectAsync();
            Assert.Equal(503, (await client.GetAsync("/-/ready")).Status);
            await Until.TrueAsync(() => Series(factory).Count == 7);
            Assert.Equal(
                ["a 1", "b 0", "server 1", "server.accept_loop 1", "server.chain 1", "server.heartbeat 1", "shared 0.5"],
                Series(factory));
        }

        Assert.Empty(Series(factory));
    }

    private static List<string> Series(IMeterFactory factory)
    {
        List<string> series = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == factory && instrument.Name == "tinyhost.health.status")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) =>
            series.Add(string.Create(CultureInfo.InvariantCulture, $"{tags[0].Value} {value}")));
        listener.Start();
        listener.RecordObservableInstruments();
        return [.. series.Order(StringComparer.Ordinal)];
    }

    private static ServiceProvider Services(params (string Key, string Value)[] settings) => new ServiceCollection()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(
            settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value)).Build())
        .BuildServiceProvider();

    private static Task<HttpServer> StartAsync(Action<HealthOptions> configure) =>
        TestServer.StartAsync(new Pipeline().UseHealth(configure).Run(new Routes().Get("/", App).Get("/-/ready/", App)));

    private sealed class Source(params HealthCheck[] checks) : IHealthCheckSource
    {
        public IReadOnlyList<HealthCheck> GetChecks() => checks;
    }
}
