// Owns: tests of the port of the metrics: added by the server, chosen by the name of a prefix, protected.

using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class MetricsPortTests
{
    [Fact]
    public async Task The_metrics_listen_by_themselves()
    {
        var port = FreePort.Next();
        await using var server = new HttpServer("http://127.0.0.1:0/", PrometheusMetrics.Wrap(MetricsServer.Hello, port: port));
        await server.StartAsync();
        Assert.Equal("app\n", await GetAsync(server.EndPoints[0].Port, "/metrics"));
        Assert.Contains("process_cpu", await GetAsync(port, "/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_default_port_is_9100() =>
        Assert.Equal(9100, typeof(Stage).GetProperty("MonitoringPort", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(
            PrometheusMetrics.Wrap(MetricsServer.Hello).Target));

    [Theory]
    [InlineData(null, "TinyHost:Metrics:Port")]
    [InlineData("TinyHost:admin", "TinyHost:admin:Metrics:Port")]
    public async Task A_port_that_is_in_use_fails_the_start_and_names_the_setting(string? section, string key)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var settings = section is null ? null : Services.Settings().GetSection(section);
        await using var server = new HttpServer(
            "http://127.0.0.1:0/", new Pipeline(null, settings).UseMetrics(port).Run(MetricsServer.Hello));
        var error = await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
        Assert.Equal(
            $"Cannot listen on http://127.0.0.1:{port}/, the port of the metrics ({key}): address in use.", error.Message);
    }

    [Fact]
    public async Task Two_metrics_stages_on_one_port_fail_the_start()
    {
        var port = FreePort.Next();
        await using var server = new HttpServer(
            "http://127.0.0.1:0/", new Pipeline().UseMetrics(port).UseMetrics(port).Run(MetricsServer.Hello));
        var error = await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
        Assert.Contains("two stages", error.Message, StringComparison.Ordinal);
        Assert.Contains("(TinyHost:Metrics:Port)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prefix_with_port_0_can_serve_the_metrics()
    {
        await using var server = new HttpServer(
            "http://127.0.0.1:0/;metrics=http://127.0.0.1:0/", new Pipeline().UseMetrics(prefix: "metrics").Run(MetricsServer.Hello));
        await server.StartAsync();
        Assert.Equal(2, server.EndPoints.Count);
        Assert.Equal("app\n", await GetAsync(server.EndPoints[0].Port, "/metrics"));
        Assert.Contains("process_cpu", await GetAsync(server.EndPointOf("metrics").Port, "/metrics"), StringComparison.Ordinal);
        Assert.Equal("Healthy.\n", await GetAsync(server.EndPointOf("metrics").Port, "/-/healthy"));
    }

    [Fact]
    public async Task Requests_for_the_prefix_of_the_metrics_are_not_measured()
    {
        using var services = Services.WithMeters();
        var options = new ServerOptions { Services = services, Prefixes = { "http://127.0.0.1:0/", "metrics=http://127.0.0.1:0/" } };
        await using var server = new HttpServer(options, new Pipeline(services).UseMetrics(prefix: "metrics").Run(MetricsServer.Hello));
        await server.StartAsync();
        var port = server.EndPointOf("metrics").Port;
        await GetAsync(server.EndPoints[0].Port, "/");
        await GetAsync(port, "/metrics");
        Assert.Contains(
            "http_server_request_duration_seconds_count{", await GetAsync(port, "/metrics"), StringComparison.Ordinal);
        Assert.Single(
            (await GetAsync(port, "/metrics")).Split('\n'),
            line => line.StartsWith("http_server_request_duration_seconds_count{", StringComparison.Ordinal)
                && line.EndsWith(" 1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Port")]
    [InlineData("Prefix")]
    public async Task A_setting_overrides_the_other_kind_in_the_code(string setting)
    {
        int[] ports = [FreePort.Next(), FreePort.Next()];
        using var services = Services.WithSettings(
            ($"TinyHost:Metrics:{setting}", setting == "Port" ? $"{ports[1]}" : "scrapes"));
        var metrics = setting == "Port" ? new MetricsOptions { Prefix = "missing" } : new MetricsOptions { Port = ports[0] };
        await using var server = new HttpServer(
            $"http://127.0.0.1:{ports[0]}/;scrapes=http://127.0.0.1:{ports[1]}/",
            new Pipeline(services).UseMetrics(metrics).Run(MetricsServer.Hello));
        await server.StartAsync();
        Assert.Equal("app\n", await GetAsync(ports[0], "/"));
        Assert.Contains("process_cpu", await GetAsync(ports[1], "/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_and_a_prefix_together_are_an_error()
    {
        using var services = Services.WithSettings(("TinyHost:Metrics:Port", "9200"), ("TinyHost:Metrics:Prefix", "metrics"));
        var error = Assert.Throws<ServerStartException>(() => new Pipeline(services).UseMetrics().Run(MetricsServer.Hello));
        Assert.Contains("TinyHost:Metrics:Port and TinyHost:Metrics:Prefix are both set", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(
            () => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { Port = 9200, Prefix = "metrics" }));
        Assert.Throws<ArgumentException>(
            "Prefix", () => PrometheusMetrics.Wrap(MetricsServer.Hello, new MetricsOptions { Prefix = "http://+:0/" }));
        using var invalid = Services.WithSettings(("TinyHost:Metrics:Prefix", "a.b"));
        Assert.Contains(
            "TinyHost:Metrics:Prefix is 'a.b'; it must be the name of a prefix",
            Assert.Throws<ServerStartException>(() => new Pipeline(invalid).UseMetrics().Run(MetricsServer.Hello)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("port")]
    [InlineData("prefix")]
    [InlineData("path")]
    public async Task Protection_covers_the_metrics_alone_and_reads_the_same_settings(string where)
    {
        var port = FreePort.Next();
        using var services = Services.WithSettings(("TinyHost:Metrics:DisableGc", "true"));
        static void Protect(AuthenticationOptions auth) => auth.User("prometheus", PasswordHash.Create("secret", iterations: 1_000));
        var pipeline = new Pipeline(services);
        var chain = where switch
        {
            "port" => pipeline.UseMetrics(port, protect: Protect),
            "prefix" => pipeline.UseMetrics(prefix: "metrics", protect: Protect),
            _ => pipeline.UseMetrics(path: "/metrics", protect: Protect),
        };
        await using var server = new HttpServer(
            where == "port" ? "http://127.0.0.1:0/" : "http://127.0.0.1:0/;metrics=http://127.0.0.1:0/", chain.Run(MetricsServer.Hello));
        await server.StartAsync();
        Assert.Equal("app\n", await GetAsync(server.EndPoints[0].Port, "/"));

        using var client = new HttpClient();
        var metrics = $"http://127.0.0.1:{server.EndPoints[1].Port}/metrics";
        using var refused = await client.GetAsync(metrics);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("prometheus:secret")));
        var text = await client.GetStringAsync(metrics);
        Assert.Contains("process_cpu", text, StringComparison.Ordinal);
        Assert.DoesNotContain("dotnet_gc_", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", HttpStatusCode.OK)]
    [InlineData("true", HttpStatusCode.Unauthorized)]
    public async Task Health_probes_at_paths_of_the_settings_need_no_credentials_unless_told_otherwise(
        string covers, HttpStatusCode expected)
    {
        using var services = Services.WithSettings(
            ("TinyHost:Metrics:Protect:CoversHealth", covers), ("TinyHost:Health:LivenessPath", "/livez"));
        var chain = new Pipeline(services)
            .UseMetrics(prefix: "metrics", protect: auth => auth.Token("ci", "secret"))
            .Run(MetricsServer.Hello);
        await using var server = new HttpServer("http://127.0.0.1:0/;metrics=http://127.0.0.1:0/", chain);
        await server.StartAsync();
        using var client = new HttpClient();
        foreach (var (path, status) in new[]
        {
            ("/livez", expected), ("/-/ready", expected), ("/-/healthy", HttpStatusCode.Unauthorized),
        })
        {
            using var response = await client.GetAsync($"http://127.0.0.1:{server.EndPoints[1].Port}{path}");
            Assert.Equal((path, status), (path, response.StatusCode));
        }
    }

    [Theory]
    [InlineData("port")]
    [InlineData("prefix")]
    public async Task Health_probes_have_checks_paths_and_a_series(string where)
    {
        var port = FreePort.Next();
        using var services = Services.WithSettings(("TinyHost:Health:LivenessPath", "/livez"));
        void Health(HealthOptions health) => health
            .Add("database", _ => Task.FromResult(HealthResult.Unhealthy("refused")))
            .Add("queue", _ => Task.FromResult(HealthResult.Degraded("long")));
        var pipeline = new Pipeline(services);
        var chain = where == "port" ? pipeline.UseMetrics(port, health: Health) : pipeline.UseMetrics(prefix: "metrics", health: Health);
        await using var server = new HttpServer(
            where == "port" ? "http://127.0.0.1:0/" : "http://127.0.0.1:0/;metrics=http://127.0.0.1:0/", chain.Run(new Routes()));
        await server.StartAsync();
        var metrics = server.EndPoints[1].Port;
        Assert.Equal("Healthy.\n", await GetAsync(metrics, "/livez"));
        using var client = new HttpClient();
        using var ready = await client.GetAsync($"http://127.0.0.1:{metrics}/-/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal(
            "Not ready.\ndatabase: unhealthy: refused\nqueue: degraded: long\n", await ready.Content.ReadAsStringAsync());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{metrics}/");
        request.Headers.Add("Accept", "text/html");
        using var page = await client.SendAsync(request);
        var html = await page.Content.ReadAsStringAsync();
        Assert.Contains("<a href=\"./livez\">Health</a>", html, StringComparison.Ordinal);
        Assert.Contains("<a href=\"./-/ready\">Readiness</a>", html, StringComparison.Ordinal);
        var text = await GetAsync(metrics, "/metrics");
        foreach (var line in (string[])
        [
            "# TYPE tinyhost_health_status gauge",
            "tinyhost_health_status{check=\"database\"} 0", "tinyhost_health_status{check=\"queue\"} 0.5",
            "tinyhost_health_status{check=\"server\"} 1", "tinyhost_health_status{check=\"server.accept_loop\"} 1",
            "tinyhost_health_status{check=\"server.chain\"} 1", "tinyhost_health_status{check=\"server.heartbeat\"} 1",
        ])
        {
            Assert.Contains(line + "\n", text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("http_server_request_duration_seconds_count", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Health_probes_of_the_metrics_have_no_port_of_their_own()
    {
        var error = Assert.Throws<ArgumentException>(
            () => new Pipeline().UseMetrics(9100, health: health => health.Port = 8081).Run(MetricsServer.Hello));
        Assert.Contains("for probes elsewhere use UseHealth", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipeline_without_the_services_cannot_ignore_the_settings()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["TinyHost:Prefixes"] = "http://127.0.0.1:0/;metrics=http://127.0.0.1:0/",
            ["TinyHost:Metrics:DisableGc"] = "true",
        });
        builder.Services.AddTinyHost(pipeline => pipeline
            .MapPrefix("metrics", new Pipeline().UseMetrics(path: "/metrics").Run(MetricsServer.Hello))
            .Run(MetricsServer.Hello));
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<ServerStartException>(() => host.StartAsync());
        Assert.StartsWith("Cannot start: a stage of the chain does not read TinyHost:Metrics, ", error.Message, StringComparison.Ordinal);
    }

    private static async Task<string> GetAsync(int port, string path)
    {
        using var client = new HttpClient();
        return await client.GetStringAsync($"http://127.0.0.1:{port}{path}");
    }
}
