// Owns: tests of what a stage written outside of TinyHost tells its server, and may ask of it.

using System.Net;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class CustomStageTests
{
    [Fact]
    public async Task A_stage_says_whose_port_it_wants()
    {
        var app = new Probes(FreePort.Next() + 70_000);
        await using var server = new HttpServer("http://127.0.0.1:0/", app);
        var thrown = await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync(TestContext.Current.CancellationToken));
        Assert.Equal($"Cannot start: the port of the probes is {app.Port}; it must be from 1 to 65535.", thrown.Message);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0/", false)]
    [InlineData("http://127.0.0.1:0/;probes=http://127.0.0.1:0/", true)]
    public async Task A_stage_that_serves_a_named_prefix_needs_one_of_that_name(string prefixes, bool starts)
    {
        await using var server = new HttpServer(prefixes, new Probes(prefix: "probes"));
        var thrown = await Record.ExceptionAsync(() => server.StartAsync(TestContext.Current.CancellationToken));
        Assert.Equal(starts, thrown is null);
        Assert.True(thrown is null || thrown.Message.Contains("'probes'", StringComparison.Ordinal), thrown?.Message);
    }

    [Fact]
    public async Task A_handler_added_by_the_constructor_starts_and_stops_with_the_server()
    {
        var inner = new Probes();
        await using (var server = new HttpServer("http://127.0.0.1:0/", new Probes(inner: inner)))
        {
            await server.StartAsync(TestContext.Current.CancellationToken);
            Assert.Equal((1, 0), (inner.Starts, inner.Stops));
            await server.StopAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal((1, 1), (inner.Starts, inner.Stops));
    }

    [Fact]
    public async Task A_handler_may_lead_to_another_method_of_its_stage_but_not_back_to_the_stage()
    {
        var stage = new Guarded();
        Assert.Equal("answer", (await ((Func<RequestContext, Task>)stage).GetAsync("/")).Content);
        Assert.Throws<ArgumentException>("handler", () => stage.Add(stage));
        Assert.Throws<ArgumentException>("handler", () => stage.Add(AddressFiltering.Wrap(stage, "127.0.0.1")));
    }

    [Theory]
    [InlineData("GET", 405)]
    [InlineData("PROPFIND", 405)]
    [InlineData("get", 501)]
    [InlineData("BREW", 501)]
    public async Task A_stage_tells_methods_that_an_RFC_defines_from_others(string method, int status)
    {
        Func<RequestContext, Task> app = context => context.Response.AnswerErrorAsync(context.Request.IsMethodDefined ? 405 : 501);
        Assert.Equal(status, (await app.SendAsync(method, "/")).Status);
    }

    [Theory]
    [InlineData("admin", true)]
    [InlineData("a-b_2", true)]
    [InlineData("7", false)]
    [InlineData("a__b", false)]
    [InlineData("a.b", false)]
    [InlineData("", false)]
    public void A_stage_refuses_a_text_that_cannot_name_a_prefix(string name, bool isName)
    {
        var thrown = Record.Exception(() => PrefixRouting.ThrowUnlessName(name, nameof(name)));
        Assert.Equal(isName, thrown is null);
        Assert.True(isName || thrown is ArgumentException { ParamName: "name" }, $"{thrown}");
    }

    private sealed class Guarded : Stage
    {
        private readonly Func<RequestContext, Task> _guard;

        internal Guarded()
        {
            _guard = AddressFiltering.Wrap(Answer, "127.0.0.1");
            Add(_guard);
        }

        internal void Add(Func<RequestContext, Task> handler) => AddHandler(handler);

        protected override Task InvokeAsync(RequestContext context) => _guard(context);

        private Task Answer(RequestContext context) => context.Response.WriteTextAsync("answer");
    }

    private sealed class Probes : Stage
    {
        private readonly string? _prefix;

        internal Probes(int? port = null, string? prefix = null, Stage? inner = null)
        {
            (Port, _prefix) = (port, prefix);
            if (inner is not null)
            {
                AddHandler(inner);
            }
        }

        internal int? Port { get; }

        internal int Starts { get; private set; }

        internal int Stops { get; private set; }

        protected internal override int? MonitoringPort => Port;

        protected internal override string MonitoringPurpose => "the port of the probes";

        protected internal override string? ServedPrefix => _prefix;

        protected internal override void Starting(IReadOnlyList<IPEndPoint> endPoints) => Starts++;

        protected internal override void Stopped() => Stops++;

        protected override Task InvokeAsync(RequestContext context) => context.Response.WriteTextAsync("up");
    }
}
