// Owns: tests of stages hidden from their server by a lambda: they start with their first request, and otherwise behave alike.

using System.Net;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class HiddenStageTests
{
    private static Task Ok(RequestContext context) => context.Response.WriteTextAsync("ok");

    /// <summary>Ways to hide a stage from its server.</summary>
    public static TheoryData<string> Covers => ["lambda", "lambda around lambda", "route", "behind a stage", "diverted to"];

    [Theory]
    [MemberData(nameof(Covers))]
    public async Task A_hidden_stage_starts_with_its_first_request_and_stops_with_its_server(string cover)
    {
        var stage = new Probe(Ok);
        var server = await TestServer.StartAsync(Hide(stage, cover));
        Assert.Empty(stage.Calls);
        await GetTwiceAsync(server);
        Assert.Equal(["Starting"], stage.Calls);
        Assert.Equal(server.EndPoints, stage.EndPoints);
        await server.DisposeAsync();
        Assert.Equal(["Starting", "Stopped"], stage.Calls);
    }

    [Fact]
    public async Task Stages_behind_a_hidden_stage_start_once_with_that_stage()
    {
        var (inner, visible) = (new Probe(Ok), new Probe(Ok));
        Func<RequestContext, Task> hidden = new Probe(inner, visible);
        var outer = new Probe(context => hidden(context), visible);
        await using var server = await TestServer.StartAsync(outer);
        Assert.Equal(["Starting"], visible.Calls);
        await GetTwiceAsync(server);
        Assert.All([outer, (Probe)hidden.Target!, inner, visible], stage => Assert.Equal(["Starting"], stage.Calls));
        await server.StopAsync();
        Assert.All([outer, (Probe)hidden.Target!, inner, visible], stage => Assert.Equal(["Starting", "Stopped"], stage.Calls));
    }

    [Fact]
    public async Task Requests_that_arrive_together_start_a_hidden_stage_once()
    {
        // The start waits until a second request has arrived.
        var arrived = 0;
        using var both = new ManualResetEventSlim();
        var stage = new Probe(Ok) { OnStarting = () => Assert.True(both.Wait(TestTimeout.Long)) };
        await using var server = await TestServer.StartAsync(context =>
        {
            if (Interlocked.Increment(ref arrived) == 2)
            {
                both.Set();
            }

            return stage.HandleAsync(context);
        });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => GetTwiceAsync(server)));
        Assert.Equal(["Starting"], stage.Calls);
    }

    [Fact]
    public async Task A_hidden_stage_starts_again_after_a_restart()
    {
        var stage = new Probe(Ok);
        await using var server = await TestServer.StartAsync(context => stage.HandleAsync(context));
        await GetTwiceAsync(server);
        await server.StopAsync();
        await server.StartAsync();
        Assert.Equal(["Starting", "Stopped"], stage.Calls);
        await GetTwiceAsync(server);
        await server.StopAsync();
        Assert.Equal(["Starting", "Stopped", "Starting", "Stopped"], stage.Calls);
    }

    [Fact]
    public async Task Two_servers_that_share_a_stage_start_and_stop_it_once_each()
    {
        var stage = new Probe(Ok);
        await using var seeing = await TestServer.StartAsync(stage);
        await using var blind = await TestServer.StartAsync(context => stage.HandleAsync(context));
        await GetTwiceAsync(seeing);
        Assert.Equal(["Starting"], stage.Calls);
        await GetTwiceAsync(blind);
        await GetTwiceAsync(seeing);
        Assert.Equal(["Starting", "Starting"], stage.Calls);
        await seeing.StopAsync();
        await GetTwiceAsync(blind);
        Assert.Equal(["Starting", "Starting", "Stopped"], stage.Calls);
        await blind.StopAsync();
        Assert.Equal(["Starting", "Starting", "Stopped", "Stopped"], stage.Calls);
    }

    [Fact]
    public async Task A_failed_start_fails_every_request_and_releases_each_stage()
    {
        var log = new RecordingLogger();
        var inner = new Probe(Ok) { Throws = "Starting" };
        var outer = new Probe(inner);
        await using var server = await TestServer.StartAsync(context => outer.HandleAsync(context), options => options.LoggerFactory = log);
        using (var client = await server.ConnectAsync())
        {
            Assert.Equal(500, (await client.GetAsync("/")).Status);
        }

        using (var client = await server.ConnectAsync())
        {
            Assert.Equal(500, (await client.GetAsync("/")).Status);
        }

        Assert.Equal(["Starting", "Stopped", "Starting", "Stopped"], outer.Calls);
        Assert.Equal(["Starting", "NotStarted", "Starting", "NotStarted"], inner.Calls);
        var failures = log.Entries.Select(entry => entry.Exception).OfType<InvalidOperationException>().ToList();
        Assert.Equal(2, failures.Count);
        Assert.All(failures, failure => Assert.Equal(
            "The stage TinyHost.Tests.HiddenStageTests+Probe failed to start: No. " +
            "(It started with its first request because a lambda hides it from the server. " +
            "To find this when the server starts, pass the stage itself to the pipeline or the server.)",
            failure.Message));

        inner.Throws = null;
        await GetTwiceAsync(server);
        await server.StopAsync();
        Assert.Equal(["Starting", "Stopped", "Starting", "Stopped", "Starting", "Stopped"], outer.Calls);
        Assert.Equal(["Starting", "NotStarted", "Starting", "NotStarted", "Starting", "Stopped"], inner.Calls);
    }

    [Fact]
    public async Task A_hidden_port_without_a_listener_fails_every_request_and_is_named()
    {
        var log = new RecordingLogger();
        var port = FreePort.Next();
        var stage = PortRouting.Wrap(Ok, port, Ok);
        await using var server = await TestServer.StartAsync(
            ErrorHandling.Wrap(context => stage(context), log), options => options.LoggerFactory = log);
        using var client = await server.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(500, (await client.GetAsync("/")).Status);
        }

        var errors = log.Entries.Where(entry => entry.Exception is InvalidOperationException).ToList();
        Assert.Equal(3, errors.Count);
        Assert.All(errors, error => Assert.Contains($"port {port}", error.Exception!.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hidden_port_routing_diverts_its_port()
    {
        var (app, other) = (FreePort.Next(), FreePort.Next());
        var stage = PortRouting.Wrap(Ok, other, context => context.Response.WriteTextAsync("other"));
        await using var server = await TestServer.StartAsync(context => stage(context), options =>
        {
            options.Prefixes.Add($"http://127.0.0.1:{app}/");
            options.Prefixes.Add($"http://127.0.0.1:{other}/");
        });
        using var client = await RawClient.ConnectAsync(server.EndPoints[0]);
        using var diverted = await RawClient.ConnectAsync(server.EndPoints[1]);
        Assert.Equal("ok", (await client.GetAsync("/")).Content);
        Assert.Equal("other", (await diverted.GetAsync("/")).Content);
    }

    [Fact]
    public async Task Every_built_in_stage_works_behind_a_lambda()
    {
        var log = new RecordingLogger();
        Func<Func<RequestContext, Task>, Func<RequestContext, Task>>[] wrappers =
        [
            app => PathRouting.Wrap(app, "/x", Ok), app => FieldRouting.Wrap(app, "X-A", Ok), app => FieldRouting.Wrap(app, "X-A", "1", Ok),
            app => PredicateRouting.Wrap(app, _ => false, Ok), app => ErrorHandling.Wrap(app, log), app => AccessLog.Wrap(app, log),
            app => Authentication.Wrap(app, auth => auth.Token("t", "t")),
            app => new Routes().Get("/{*rest}", app), app => new Pipeline().Use(next => context => next(context)).Run(app),
        ];
        foreach (var wrap in wrappers)
        {
            var behind = new Probe(Ok);
            var stage = wrap(behind);
            await using var server = await TestServer.StartAsync(context => stage(context));
            using var client = await server.ConnectAsync();
            Assert.Equal("ok", (await client.GetAsync("/", "Authorization: Bearer t\r\n")).Content);
            await server.StopAsync();
            Assert.Equal(["Starting", "Stopped"], behind.Calls);
        }
    }

    [Fact]
    public async Task Connections_are_reserved_for_a_hidden_monitoring_port_once_its_stage_has_started()
    {
        var (app, metrics) = (FreePort.Next(), FreePort.Next());
        Func<RequestContext, Task> tell = context => context.Response.WriteTextAsync(context.Measured ? "measured" : "not measured");
        var stage = new Probe(tell) { Port = metrics };
        await using var server = await TestServer.StartAsync(context => stage.HandleAsync(context), options =>
        {
            options.Prefixes.Add($"http://127.0.0.1:{app}/");
            options.Prefixes.Add($"http://127.0.0.1:{metrics}/");
            options.Limits.MaxConnections = 6;
            options.Limits.ReservedConnections = 2;
        });
        using var early = await RawClient.ConnectAsync(server.EndPoints[1]);
        Assert.Equal("measured", (await early.GetAsync("/")).Content);
        var clients = new List<RawClient>();
        for (var i = 0; i < 4; i++)
        {
            clients.Add(await RawClient.ConnectAsync(server.EndPoints[0]));
            Assert.Equal("measured", (await clients[i].GetAsync("/")).Content);
        }

        using var fifth = await RawClient.ConnectAsync(server.EndPoints[0]);
        Assert.Equal("", await fifth.ReadToEndAsync());
        using var scraper = await RawClient.ConnectAsync(server.EndPoints[1]);
        Assert.Equal("not measured", (await scraper.GetAsync("/")).Content);
        using var seventh = await RawClient.ConnectAsync(server.EndPoints[1]);
        Assert.Equal("", await seventh.ReadToEndAsync());
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_request_of_a_stopped_server_cannot_enter_a_stage()
    {
        RequestContext? kept = null;
        var stage = new Probe(Ok);
        await using var server = await TestServer.StartAsync(new Probe(
            context =>
            {
                kept = context;
                return Ok(context);
            },
            stage));
        await GetTwiceAsync(server);
        await server.StopAsync();
        var failure = Assert.Throws<InvalidOperationException>(() => { _ = stage.HandleAsync(kept!); });
        Assert.Equal("The stage TinyHost.Tests.HiddenStageTests+Probe got a request of a server that has stopped.", failure.Message);
        Assert.Equal(["Starting", "Stopped"], stage.Calls);
    }

    private static Func<RequestContext, Task> Hide(Probe stage, string cover)
    {
        Func<RequestContext, Task> lambda = context => stage.HandleAsync(context);
        return cover switch
        {
            "lambda" => lambda,
            "lambda around lambda" => context => lambda(context),
            "route" => new Routes().Get("/", lambda),
            "behind a stage" => new Probe(lambda),
            _ => PathRouting.Wrap(lambda, "/elsewhere", Ok),
        };
    }

    private static async Task GetTwiceAsync(HttpServer server)
    {
        using var client = await server.ConnectAsync();
        Assert.Equal("ok", (await client.GetAsync("/")).Content);
        Assert.Equal("ok", (await client.GetAsync("/")).Content);
    }

    private sealed class Probe(params Func<RequestContext, Task>[] handlers) : Stage([.. handlers])
    {
        internal string? Throws { get; set; }

        internal Action? OnStarting { get; init; }

        internal int? Port { get; init; }

        internal List<string> Calls { get; } = [];

        internal IReadOnlyList<IPEndPoint>? EndPoints { get; private set; }

        protected internal override int? MonitoringPort => Port;

        protected internal override void Starting(IReadOnlyList<IPEndPoint> endPoints)
        {
            EndPoints = endPoints;
            OnStarting?.Invoke();
            Called("Starting");
        }

        protected internal override void Stopped() => Called("Stopped");

        protected internal override void NotStarted() => Called("NotStarted");

        protected override Task InvokeAsync(RequestContext context) => handlers[0](context);

        private void Called(string what)
        {
            lock (Calls)
            {
                Calls.Add(what);
            }

            if (Throws == what)
            {
                throw new InvalidOperationException("No.");
            }
        }
    }
}
