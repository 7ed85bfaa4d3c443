// Owns: the code shown in docs/. A test fails when a page shows code that is neither here nor in an example.

using System.Diagnostics.Metrics;
using System.Net;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Trace;
using StreamJsonRpc;
using TinyHost.JsonRpc;
using TinyHost.Metrics;
using TinyHost.RateLimiting;

namespace TinyHost.EndToEnd;

internal static class Snippets
{
    public static void Watch(HostApplicationBuilder builder, Routes routes) =>
        builder.Services.AddTinyHost(pipeline => pipeline
            .UseErrors()
            .UseMetrics(new MetricsOptions { Port = 9100, Dashboard = true })
            .Run(routes));

    public static Func<RequestContext, Task> Chain(
        Func<RequestContext, Task> admin, Func<RequestContext, Task> blue, Func<RequestContext, Task> patches, Routes routes)
    {
        Func<RequestContext, Task> AddVersion(Func<RequestContext, Task> next) => context =>
        {
            context.Response.Fields["X-Version"] = "1.2.3";
            return next(context);
        };

        var app = new Pipeline()
            .Use(AddVersion)
            .MapPath("/admin", admin)
            .MapField("X-Tenant", "blue", blue)
            .MapWhen(context => context.Request.Method == "PATCH", patches)
            .Run(routes);
        return app;
    }

    public static Func<RequestContext, Task> Probed(Pipeline pipeline, int metricsPort, Queue<string> queue, Task worker, Routes routes)
    {
        pipeline.UseMetrics(port: metricsPort, health: health => health
            .Add("queue", _ => Task.FromResult(
                queue.Count < 10_000 ? HealthResult.Healthy : HealthResult.Unhealthy($"{queue.Count} messages wait")))
            .Add("worker", _ => Task.FromResult(
                worker.IsCompleted ? HealthResult.Unhealthy("it has ended") : HealthResult.Healthy), HealthCheck.LivenessTag));
        return pipeline.Run(routes);
    }

    public static Routes RawMethods()
    {
        var tooFew = JsonRpcError.InvalidParams("repeat takes an array of one string");
        var rpc = new JsonRpcHandler()
            .Add("echo", call =>
            {
                call.Result.WriteRawValue(call.Params.IsEmpty ? "null"u8 : call.Params.Span);
                return default;
            })
            .Add("repeat", call =>
            {
                var reader = new Utf8JsonReader(call.Params.Span);
                if (!reader.Read() || !reader.Read() || reader.TokenType != JsonTokenType.String)
                {
                    return new(tooFew);
                }

                call.Result.WriteStringValue(reader.GetString() + reader.GetString());
                return default;
            });
        var routes = new Routes().Post("/rpc", rpc);
        return routes;
    }

    public static Func<RequestContext, Task> WithJsonRpcPage(Pipeline pipeline, JsonRpcHandler rpc)
    {
        var app = pipeline
            .UseErrors()
            .UseJsonRpcPage(rpc)
            .UseMetrics(port: 9100)
            .Run(new Routes().Post("/rpc", rpc));
        return app;
    }

    public static (JsonRpcHandler Rpc, Routes Routes) NotifyingMethods()
    {
        var rpc = new JsonRpcHandler();
        rpc.Add("count", async call =>
        {
            for (var i = 1; i <= 3; i++)
            {
                await call.Connection!.NotifyAsync("progress", i, Json.Default.Int32);
            }

            return null;
        });
        var routes = new Routes().Post("/rpc", rpc).Get("/rpc", rpc);
        return (rpc, routes);
    }

    public static async Task StreamJsonRpcAsync(RequestContext context)
    {
        using var socket = await context.AcceptWebSocketAsync();
        if (socket is null)
        {
            return; // Not a WebSocket handshake: it has been answered.
        }

        using var rpc = new StreamJsonRpc.JsonRpc(new WebSocketMessageHandler(socket, new SystemTextJsonFormatter()), new Calculator());
        using var stop = context.Stopping.Register(rpc.Dispose);
        rpc.StartListening();
        await rpc.Completion;
    }

    public static void AddChecks(HostApplicationBuilder builder)
    {
        builder.Services.AddHealthChecks().AddCheck<Database>("database");
        builder.Services.AddTinyHostHealthChecks();
    }

    public static void RunAsService(HostApplicationBuilder builder) =>
        builder.Services.AddTinyHostWindowsService();

    public static Func<RequestContext, Task> Guarded(Routes routes)
    {
        var app = new Pipeline()
            .UseCors("https://shop.example", "http://localhost:3000")
            .UseConcurrencyLimit(limit: 100, queueLength: 200)
            .UseTimeout(TimeSpan.FromSeconds(30))
            .Run(routes);
        return app;
    }

    public static Func<RequestContext, Task> RateLimited(Routes routes)
    {
        var app = new Pipeline()
            .UseRateLimit(context => RateLimitPartition.GetTokenBucketLimiter(
                RateLimitKey.Client(context),
                _ => new() { TokenLimit = 20, TokensPerPeriod = 10, ReplenishmentPeriod = TimeSpan.FromSeconds(1) }))
            .Run(routes);
        return app;
    }

    public static Func<RequestContext, Task> GuardedInPart(
        Func<RequestContext, Task> reports, Func<RequestContext, Task> admin, int adminPort, Routes routes)
    {
        var app = new Pipeline()
            .MapPath("/reports", new Pipeline().UseConcurrencyLimit(2).UseTimeout(TimeSpan.FromMinutes(5)).Run(reports))
            .MapPort(adminPort, AddressFiltering.Wrap(admin, "10.0.0.0/8"))
            .Run(routes);
        return app;
    }

    public static Routes MakeRoutes(Func<RequestContext, Task> AddUserAsync, Func<RequestContext, Task> SendFileAsync)
    {
        var routes = new Routes()
            .Get("/users/{id}", context => context.Response.WriteTextAsync($"user {context.Request.RouteValues["id"]}"))
            .Post("/users", AddUserAsync)
            .Get("/files/{*path}", SendFileAsync);
        routes
            .Group("/admin", admin => admin
                .Get("/", context => context.Response.WriteTextAsync("administration"))
                .Get("/users/{id:long}", context => context.Response.WriteTextAsync($"user {context.Request.RouteValues["id"]}")))
            .NotFound(context => context.Response.WriteTextAsync("Nothing here."));
        return routes;
    }

    public static async Task<object?[]> ReadAsync(RequestContext context)
    {
        var term = context.Request.Query["q"];                // the first value, decoded; null if absent
        var tags = context.Request.Query.GetAll("tag");       // ?tag=a&tag=b
        var page = context.Request.Query.Get("page", 1);      // 400 for ?page=x
        var session = context.Request.Cookies["session"];
        var form = await context.Request.ReadFormAsync();
        var order = await context.Request.ReadJsonAsync<Order>();
        return [term, tags, page, session, form, order];
    }

    public static void LimitContent(Routes routes, RequestContext context, Func<RequestContext, Task> UploadAsync)
    {
        routes.Post("/upload", RequestLimits.Wrap(UploadAsync, maxBodySize: 2_000_000_000));
        context.Request.Body.MaxSize = 10_000;                // null is no limit, as long.MaxValue is in Wrap
    }

    public static void ServeFiles(Routes routes, string folder) =>
        routes.Get("/assets/{*path}", Files.From(folder));

    public static Task WriteEvents(RequestContext context)
    {
        return Events(context);

        static Task Events(RequestContext context) => context.Response.WriteEventsAsync(Ticks(context.Stopping), context.Aborted);

        static async IAsyncEnumerable<ServerSentEvent> Ticks([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var number = 1; ; number++)
            {
                yield return new ServerSentEvent($"tick {number}") { Id = $"{number}", EventType = "tick" };
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            }
        }
    }

    public static void RedirectWithCookies(RequestContext context)
    {
        var options = new CookieOptions { MaxAge = TimeSpan.FromDays(30), HttpOnly = true, SameSite = SameSite.Lax };
        context.Response.SetCookie("theme", "dark", options);
        context.Response.DeleteCookie("trial");
        context.Response.Redirect("/home", 303);
    }

    public static void AddMetricsWithWebConfiguration(HostApplicationBuilder builder)
    {
        builder.Services.AddWebConfiguration();
        builder.Services.AddTinyHost(pipeline => pipeline
            .UseErrors()
            .UseMetrics(port: 9100)
            .Run(context => context.Response.WriteTextAsync("Hello.")));
    }

    public static Pipeline UseCredentials(Pipeline pipeline)
    {
        pipeline.UseAuthentication(auth => auth
            .Users("users.txt")
            .Tokens("tokens.txt")
            .Cookie("/run/shop/cookie")
            .Except("/about"));
        return pipeline;
    }

    public static Pipeline ProtectMetrics(Pipeline pipeline, int metricsPort)
    {
        pipeline.UseMetrics(port: metricsPort, protect: auth => auth.Users("metrics-users.txt"));
        return pipeline;
    }

    public static Func<RequestContext, Task> WithRequestId(Func<RequestContext, Task> app)
    {
        Func<RequestContext, Task> AddRequestId(Func<RequestContext, Task> next) => context =>
        {
            context.Response.OnStarting(() => context.Response.Fields["X-Request-Id"] = Guid.NewGuid().ToString("N"));
            return next(context);
        };

        return AddRequestId(app);
    }

    public static Pipeline Apologize(Pipeline pipeline)
    {
        pipeline.UseErrors((context, error) => context.Response.WriteTextAsync($"Sorry: {error.Title}. {error.Detail}"));
        return pipeline;
    }

    public static void ExportTraces(HostApplicationBuilder builder) =>
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource("TinyHost").AddOtlpExporter());

    public static Func<RequestContext, Task> Chat(Func<WebSocket, RequestContext, Task> TalkAsync)
    {
        async Task ChatAsync(RequestContext context)
        {
            using var socket = await context.AcceptWebSocketAsync(new WebSocketOptions { SubProtocols = ["chat.v2", "chat"] });
            if (socket is null)
            {
                return; // Not a WebSocket handshake: it has been answered.
            }

            await TalkAsync(socket, context);
        }

        return ChatAsync;
    }

    public static async Task PushAsync(WebSocket socket, RequestContext context, Func<Task<byte[]>> NextMessageAsync)
    {
        var left = socket.ReceiveAsync(new byte[1], context.Aborted);
        while (!left.IsCompleted)
        {
            await socket.SendAsync(await NextMessageAsync(), WebSocketMessageType.Text, true, context.Aborted);
        }
    }

    public static void AddTwoServers(IServiceCollection services, Func<RequestContext, Task> app, Func<RequestContext, Task> admin) =>
        services
            .AddTinyHost(pipeline => pipeline.UseMetrics(port: 9100).Run(app))
            .AddTinyHost("admin", pipeline => pipeline.Run(admin));

    public static int FindMetricsPort(IHost host)
    {
        var server = host.Services.GetRequiredService<HostedServer>();
        var metricsPort = server.EndPointOf("metrics").Port;
        return metricsPort;
    }

    public static Meter CountOrders()
    {
        var meter = new Meter("Shop");
        var orders = meter.CreateCounter<long>("orders", "{order}", "Orders taken.");
        orders.Add(1, new KeyValuePair<string, object?>("currency", "EUR"));
        return meter;
    }

    public static void ViewInstruments(MetricsOptions options) =>
        options.View = instrument => instrument.Name switch
        {
            "http.server.request.duration" => new MetricView { Tags = ["http.route", "http.response.status_code"] },
            "http.server.request.body.size" => MetricView.Dropped,
            _ => null,
        };

    public static async Task NightlyAsync(Uri gateway, Func<Task> ImportAsync)
    {
        using var metrics = new BatchMetrics();
        await ImportAsync();
        await metrics.PushAsync(new PushGateway(gateway, "nightly") { Grouping = { ["instance"] = Environment.MachineName } });
    }

    public static void PushPeriodically(HostApplicationBuilder builder, PushGateway group)
    {
        builder.Services.AddSingleton(services => new BatchMetrics(new MetricsOptions(), services));
        builder.Services.AddHostedService(services => new PeriodicPush(
            services.GetRequiredService<BatchMetrics>(), group, interval: TimeSpan.FromSeconds(30)));
    }

    public static async Task WithoutHostAsync(Func<RequestContext, Task> app, Func<int, Task> use)
    {
        await using var server = new HttpServer("http://localhost:0/", app);
        await server.StartAsync();
        var port = server.EndPoints[0].Port;
        await use(port);
    }

    public static void SetPrefixes(ServerOptions options)
    {
        options.Prefixes.Add("public=http://+:8080/", prefix => prefix.ProxyProtocol.Add("10.0.0.0/8"));
        options.Prefixes.Add("admin=http://127.0.0.1:8081/", prefix =>
        {
            prefix.MaxConnections = 32;
            prefix.Limits = limits => limits.MaxRequestBodySize = 100_000;
        });
    }

    public static void ListenOnUnixSocket(ServerOptions options) =>
        options.Prefixes.Add("metrics=http://unix:/run/app/metrics.sock", prefix => prefix.Group = "prometheus");

    public static void ServeTls(ServerOptions options) =>
        options.Prefixes.Add("https://+:8443/", prefix =>
            prefix.Tls.Certificates.Add(new TlsCertificate { Path = "tls/site.pem", KeyPath = "tls/site.key" }));

    public static async Task WrappedAsync(Func<RequestContext, Task> app, int appPort, int metricsPort, Func<Task> use)
    {
        await using var server = new HttpServer($"http://127.0.0.1:{appPort}/", PrometheusMetrics.Wrap(app, port: metricsPort));
        await server.StartAsync();
        await use();
    }

    /// <summary>A daemon of a parent and workers.</summary>
    public static async Task<int> RunWorkersAsync(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddTinyHost(app => app
            .UseErrors()
            .UseMetrics(port: 9100)
            .Run(new Routes().Get("/hello", c => c.Response.WriteTextAsync("Hello!"))));
        return await builder.Build().RunTinyHostWorkersAsync(workers: 4);
    }

    public static Func<RequestContext, Task> Warm(Func<RequestContext, Task> app, Cache cache) => new Warmed(app, cache);

    internal sealed class Calculator
    {
        public int Add(int a, int b) => a + b;
    }

    internal sealed record Order(string Item, int Count);

    internal sealed class Cache
    {
        public bool IsLoaded { get; private set; }

        public void Load() => IsLoaded = true;

        public void Clear() => IsLoaded = false;
    }

    private sealed class Warmed(Func<RequestContext, Task> app, Cache cache) : Stage(app)
    {
        protected override void Starting(IReadOnlyList<IPEndPoint> endPoints) => cache.Load();

        protected override void Stopped() => cache.Clear();

        protected override Task InvokeAsync(RequestContext context) => app(context);
    }
}

/// <summary>A database that is down.</summary>
internal sealed class Database : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthCheckResult.Unhealthy("connection refused"));
}
