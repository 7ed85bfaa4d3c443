// Owns: that the code shown in docs/ does what the text says.

using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Trace;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class SnippetTests
{
    [Fact]
    public async Task The_pipeline_selects_by_path_field_and_predicate_and_every_response_has_a_version()
    {
        var routes = Snippets.MakeRoutes(
            Text("added"), context => context.Response.WriteTextAsync($"file {context.Request.RouteValues["path"]}"));
        var chain = Snippets.Chain(
            context => context.Response.WriteTextAsync($"admin {context.Request.Path}"), Text("blue"), Text("patched"), routes);
        await Snippets.WithoutHostAsync(chain, async port =>
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };

            Assert.Equal("admin /users", await GetAsync(http, "/admin/users"));
            Assert.Equal("user 7", await GetAsync(http, "/users/7"));
            Assert.Equal("file a/b.txt", await GetAsync(http, "/files/a/b.txt"));
            using var patch = await http.PatchAsync("/users", null, TestContext.Current.CancellationToken);
            Assert.Equal("patched", await patch.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal("1.2.3", patch.Headers.GetValues("X-Version").Single());
            using var put = await http.PutAsync("/users", null, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, put.StatusCode);
            Assert.Equal(["POST", "OPTIONS"], put.Content.Headers.Allow);
            http.DefaultRequestHeaders.Add("X-Tenant", "blue");
            Assert.Equal("blue", await GetAsync(http, "/users/7"));
        });
    }

    [Fact]
    public async Task Routes_have_a_group_and_an_answer_of_their_own_for_other_paths()
    {
        var routes = Snippets.MakeRoutes(Text("added"), Text("file"));
        await Snippets.WithoutHostAsync(routes, async port =>
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };

            Assert.Equal("administration", await GetAsync(http, "/admin"));
            Assert.Equal("user 7", await GetAsync(http, "/admin/users/7"));
            using var missing = await http.GetAsync("/admin/users/x", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
            Assert.Equal("Nothing here.", await missing.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        });
    }

    [Fact]
    public Task The_methods_in_their_raw_form_answer_their_calls() => Snippets.WithoutHostAsync(Snippets.RawMethods(), async port =>
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        Assert.Contains("\"result\":[ 1]", await http.CallAsync("echo", "[ 1]"), StringComparison.Ordinal);
        Assert.Contains("\"result\":\"haha\"", await http.CallAsync("repeat", "[\"ha\"]"), StringComparison.Ordinal);
        Assert.Contains("one string", await http.CallAsync("repeat", "[]"), StringComparison.Ordinal);
    });

    [Fact]
    public async Task The_guards_let_a_request_through_and_share_it_with_the_pages_named()
    {
        var routes = new Routes().Get("/", Text("app"));
        await Snippets.WithoutHostAsync(Snippets.Guarded(routes), async port =>
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
            http.DefaultRequestHeaders.Add("Origin", "http://localhost:3000");
            using var response = await http.GetAsync("/", TestContext.Current.CancellationToken);
            Assert.Equal("app", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal("http://localhost:3000", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        });
        await Snippets.WithoutHostAsync(Snippets.RateLimited(routes), async port =>
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
            Assert.Equal("app", await GetAsync(http, "/"));
        });
    }

    [Fact]
    public async Task Guards_of_a_path_and_of_a_port_leave_other_requests_alone()
    {
        var (port, adminPort) = (FreePort.Next(), FreePort.Next());
        var chain = Snippets.GuardedInPart(Text("reports"), Text("admin"), adminPort, new Routes().Get("/", Text("app")));
        var options = new ServerOptions { Prefixes = { $"http://127.0.0.1:{port}/", $"http://127.0.0.1:{adminPort}/" } };
        await using var server = new HttpServer(options, chain);
        await server.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        Assert.Equal("reports", await GetAsync(http, "/reports/1"));
        Assert.Equal("app", await GetAsync(http, "/"));
        using var refused = await http.GetAsync($"http://127.0.0.1:{adminPort}/", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task A_client_follows_the_redirect_and_keeps_the_cookie()
    {
        var routes = new Routes()
            .Post("/login", context =>
            {
                Snippets.RedirectWithCookies(context);
                return Task.CompletedTask;
            })
            .Get("/home", context => context.Response.WriteTextAsync($"{context.Request.Fields["Cookie"]}"));
        await Snippets.WithoutHostAsync(routes, async port =>
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
            using var response = await http.PostAsync("/login", null, TestContext.Current.CancellationToken);
            Assert.Equal("theme=dark", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        });
    }

    [Fact]
    public async Task Files_and_events_are_served()
    {
        using var folder = new TemporaryDirectory();
        folder.Write("site.css", "p { }");
        var routes = new Routes().Get("/events", Snippets.WriteEvents);
        Snippets.ServeFiles(routes, folder.Path);
        await Snippets.WithoutHostAsync(routes, async port =>
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
            Assert.Equal("p { }", await GetAsync(http, "/assets/site.css"));
            await using var events = await http.GetStreamAsync("/events", TestContext.Current.CancellationToken);
            using var lines = new StreamReader(events);
            Assert.Equal("event: tick", await lines.ReadLineAsync(TestContext.Current.CancellationToken));
        });
    }

    [Fact]
    public async Task The_password_is_required_on_the_metrics_port_only()
    {
        var (appPort, metricsPort) = (FreePort.Next(), FreePort.Next());
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(
            Path.Join(folder.Path, "metrics-users.txt"),
            "prometheus: " + PasswordHash.Create("secret"),
            TestContext.Current.CancellationToken);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = [$"--TinyHost:Prefixes=http://127.0.0.1:{appPort}/", "--TinyHost:Metrics:Labels:env=prod"],
            ContentRootPath = folder.Path,
        });
        builder.Services.AddTinyHost(pipeline => Snippets.ProtectMetrics(pipeline, metricsPort).Run(Text("app")));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient();

        Assert.Equal("app", await GetAsync(http, $"http://127.0.0.1:{appPort}/metrics"));
        using var unauthorized = await http.GetAsync($"http://127.0.0.1:{metricsPort}/metrics", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, unauthorized.StatusCode);
        http.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("prometheus:secret")));
        var metrics = await GetAsync(http, $"http://127.0.0.1:{metricsPort}/metrics");
        Assert.Contains("process_start_time_seconds{env=\"prod\"}", metrics, StringComparison.Ordinal);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_port_that_the_system_chose_for_the_metrics_is_found()
    {
        var builder = Host.CreateApplicationBuilder(
            ["--TinyHost:Prefixes:public=http://127.0.0.1:0/", "--TinyHost:Prefixes:metrics:Url=http://127.0.0.1:0/"]);
        builder.Services.AddTinyHost(pipeline => pipeline.UseMetrics(prefix: "metrics").Run(Text("app")));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient();
        var metrics = await GetAsync(http, $"http://127.0.0.1:{Snippets.FindMetricsPort(host)}/metrics");
        Assert.Contains("process_start_time_seconds", metrics, StringComparison.Ordinal);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void The_prefixes_have_settings_of_their_own()
    {
        var options = new ServerOptions();
        Snippets.SetPrefixes(options);
        var (first, second) = (options.Prefixes[0], options.Prefixes[1]);
        Assert.Equal(("public", "http://+:8080/", "10.0.0.0/8"), (first.Name, first.Url, Assert.Single(first.ProxyProtocol)));
        Assert.Equal(("admin", "http://127.0.0.1:8081/", 32), (second.Name, second.Url, second.MaxConnections));
        second.Limits!(options.Limits);
        Assert.Equal(100_000, options.Limits.MaxRequestBodySize);
    }

    [Fact]
    public void The_https_prefix_has_a_certificate()
    {
        var options = new ServerOptions();
        Snippets.ServeTls(options);
        var certificate = Assert.Single(Assert.Single(options.Prefixes).Tls.Certificates);
        Assert.Equal(("tls/site.pem", "tls/site.key"), (certificate.Path, certificate.KeyPath));
    }

    [Fact]
    public async Task The_error_function_answers_and_every_answer_has_a_request_id()
    {
        var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        await using var disposed = services;
        var app = Snippets.Apologize(new Pipeline(services)).Run(context => context.Response.AnswerErrorAsync(503, "back in a minute"));
        await Snippets.WithoutHostAsync(Snippets.WithRequestId(app), async port =>
        {
            using var http = new HttpClient();
            using var response = await http.GetAsync($"http://127.0.0.1:{port}/", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.Equal(
                "Sorry: Service Unavailable. back in a minute",
                await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal(32, Assert.Single(response.Headers.GetValues("X-Request-Id")).Length);
        });
    }

    [Fact]
    public void Traces_can_be_exported()
    {
        var builder = Host.CreateApplicationBuilder();
        Snippets.ExportTraces(builder);
        using var host = builder.Build();
        Assert.NotNull(host.Services.GetService<TracerProvider>());
    }

    [Fact]
    public async Task The_WebSocket_pushes_messages_until_its_client_leaves()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var chat = Snippets.Chat(async (socket, context) =>
        {
            await Snippets.PushAsync(socket, context, async () =>
            {
                await Task.Yield();
                return "tick"u8.ToArray();
            });
            ended.SetResult();
        });
        await Snippets.WithoutHostAsync(chat, async port =>
        {
            using var client = new ClientWebSocket();
            client.Options.AddSubProtocol("chat");
            await client.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/"), TestContext.Current.CancellationToken);
            Assert.Equal("chat", client.SubProtocol);
            var message = new byte[16];
            var received = await client.ReceiveAsync(message, TestContext.Current.CancellationToken);
            Assert.Equal("tick"u8, message.AsSpan(0, received.Count));
            await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
            await ended.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        });
    }

    [Fact]
    public async Task Each_of_two_servers_reads_its_own_section()
    {
        var (appPort, metricsPort, adminPort) = (FreePort.Next(), FreePort.Next(), FreePort.Next());
        var builder = Host.CreateApplicationBuilder(
        [
            .. Daemon.Ports(appPort, metricsPort),
            $"--TinyHost:admin:Prefixes:0=http://127.0.0.1:{adminPort}/",
            "--TinyHost:admin:Limits:MaxConnections=10",
        ]);
        Snippets.AddTwoServers(builder.Services, Text("app"), Text("admin"));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient();

        Assert.Equal("app", await GetAsync(http, $"http://127.0.0.1:{appPort}/"));
        Assert.Equal("admin", await GetAsync(http, $"http://127.0.0.1:{adminPort}/"));
        var metrics = await GetAsync(http, $"http://127.0.0.1:{metricsPort}/metrics");
        Assert.Contains("process_start_time_seconds", metrics, StringComparison.Ordinal);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_wrapped_app_serves_metrics_without_a_host()
    {
        var (appPort, metricsPort) = (FreePort.Next(), FreePort.Next());
        await Snippets.WrappedAsync(Text("app"), appPort, metricsPort, async () =>
        {
            using var http = new HttpClient();
            Assert.Equal("app", await GetAsync(http, $"http://127.0.0.1:{appPort}/"));
            var metrics = await GetAsync(http, $"http://127.0.0.1:{metricsPort}/");
            Assert.Contains("http_server_request_duration_seconds_count", metrics, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task The_stage_shown_holds_its_cache_while_the_server_runs()
    {
        var cache = new Snippets.Cache();
        await using var server = new HttpServer("http://127.0.0.1:0/", Snippets.Warm(Text("app"), cache));
        await server.StartAsync(TestContext.Current.CancellationToken);
        Assert.True(cache.IsLoaded);
        await server.StopAsync(TestContext.Current.CancellationToken);
        Assert.False(cache.IsLoaded);
    }

    [Fact]
    public async Task The_number_of_workers_is_read_from_the_command_line() =>
        Assert.Equal(1, await Snippets.RunWorkersAsync(["--workers=many"]));

    private static Func<RequestContext, Task> Text(string text) => context => context.Response.WriteTextAsync(text);

    private static Task<string> GetAsync(HttpClient http, string url) => http.GetStringAsync(url, TestContext.Current.CancellationToken);
}
