// Owns: tests of Pipeline: the order of the fold, and that stages stay visible to the server.

using System.Net;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class PipelineTests
{
    private static readonly Func<RequestContext, Task> s_terminal = _ => Task.CompletedTask;

    [Fact]
    public async Task A_request_passes_the_stages_in_the_order_they_were_added()
    {
        List<string> passed = [];
        Func<Func<RequestContext, Task>, Func<RequestContext, Task>> Noting(string name) => next => async context =>
        {
            passed.Add(name + " in");
            await next(context);
            passed.Add(name + " out");
        };

        var chain = new Pipeline().Use(Noting("first")).Use(Noting("second")).Run(_ =>
        {
            passed.Add("end");
            return Task.CompletedTask;
        });
        await chain(null!);
        Assert.Equal(["first in", "second in", "end", "second out", "first out"], passed);
    }

    [Fact]
    public async Task Middleware_is_called_once_however_many_requests_pass()
    {
        var calls = 0;
        var chain = new Pipeline().Use(next =>
        {
            calls++;
            return next;
        }).Run(s_terminal);
        await chain(null!);
        await chain(null!);
        Assert.Equal(1, calls);
    }

    [Fact]
    public void A_chain_without_stages_to_show_is_the_outermost_delegate_itself()
    {
        Func<RequestContext, Task> outermost = _ => Task.CompletedTask;
        Assert.Same(s_terminal, new Pipeline().Run(s_terminal));
        Assert.Same(outermost, new Pipeline().Use(_ => outermost).Run(s_terminal));
    }

    [Fact]
    public void A_chain_whose_only_stage_is_outermost_needs_no_wrapper()
    {
        var stage = new Stage(s_terminal);
        Assert.Same(stage, new Pipeline().Use(_ => stage.InvokeAsync).Run(s_terminal).Target);
    }

    [Fact]
    public void Stages_behind_lambdas_are_found()
    {
        var first = new Stage(s_terminal);
        var second = new Stage(s_terminal);
        var terminal = new Stage(s_terminal);
        var chain = new Pipeline()
            .Use(next => context => next(context))
            .Use(next => first.InvokeAsync)
            .Use(next => context => next(context))
            .Use(next => second.InvokeAsync)
            .Use(next => context => next(context))
            .Run(terminal.InvokeAsync);
        Assert.Equal([first, second, terminal], StageSearch.Find(chain).OfType<Stage>().OrderBy(stage => stage == first ? 0 : stage == second ? 1 : 2));
    }

    [Fact]
    public void Stages_of_a_pipeline_within_a_pipeline_are_found()
    {
        var inner = new Stage(s_terminal);
        var app = new Pipeline().Use(next => context => next(context)).Run(inner.InvokeAsync);
        var chain = new Pipeline().Use(next => context => next(context)).Run(app);
        Assert.Contains(inner, StageSearch.Find(chain));
    }

    [Fact]
    public void No_built_in_stage_hides_those_behind_it()
    {
        var logger = new RecordingLogger();
        Func<Func<RequestContext, Task>, Func<RequestContext, Task>>[] wrappers =
        [
            PortRouting.To(1, s_terminal), PathRouting.To("/a", s_terminal), FieldRouting.To("A", s_terminal), FieldRouting.To("A", "b", s_terminal),
            PredicateRouting.To(_ => true, s_terminal), Errors.Answer(logger), AccessLog.To(logger),
            BasicAuthentication.Require("r", ("u", "p")), BearerAuthentication.Require("r", "t"),
        ];
        Assert.All(wrappers, wrap =>
        {
            var behind = new Stage(s_terminal);
            Assert.Contains(behind, StageSearch.Find(wrap(behind.InvokeAsync)));
        });
    }

    [Fact]
    public void No_routing_stage_hides_those_it_diverts_to()
    {
        Func<Func<RequestContext, Task>, Func<Func<RequestContext, Task>, Func<RequestContext, Task>>>[] routings =
        [
            handler => PortRouting.To(1, handler), handler => PathRouting.To("/a", handler), handler => FieldRouting.To("A", handler),
            handler => FieldRouting.To("A", "b", handler), handler => PredicateRouting.To(_ => true, handler),
            handler => _ => new Routes().Get("/", s_terminal).Post("/a", handler).HandleAsync,
        ];
        Assert.All(routings, to =>
        {
            var diverted = new Stage(s_terminal);
            Assert.Contains(diverted, StageSearch.Find(to(diverted.InvokeAsync)(s_terminal)));
        });
    }

    [Fact]
    public async Task The_server_tells_stages_of_its_start_and_stop()
    {
        var stage = new Stage(s_terminal);
        var server = await TestServer.StartAsync(new Pipeline().Use(next => context => next(context)).Use(_ => stage.InvokeAsync).Run(s_terminal));
        Assert.Equal(server.EndPoints[0].Port, Assert.Single(stage.Started!).Port);
        Assert.False(stage.HasStopped);
        await server.DisposeAsync();
        Assert.True(stage.HasStopped);
    }

    [Fact]
    public void Stages_added_after_Run_are_not_in_the_chain_it_returned()
    {
        var pipeline = new Pipeline();
        var chain = pipeline.Run(s_terminal);
        pipeline.Use(_ => throw new InvalidOperationException());
        Assert.Same(s_terminal, chain);
    }

    [Fact]
    public void Middleware_that_returns_null_is_named()
    {
        var pipeline = new Pipeline().Use(next => next).Use(_ => null!);
        var exception = Assert.Throws<InvalidOperationException>(() => pipeline.Run(s_terminal));
        Assert.Equal("Middleware 2 of 2 in the pipeline returned null instead of a handler.", exception.Message);
    }

    private sealed class Stage(Func<RequestContext, Task> next) : IStage
    {
        internal IReadOnlyList<IPEndPoint>? Started { get; private set; }

        internal bool HasStopped { get; private set; }

        public IEnumerable<Func<RequestContext, Task>> Inner => [next];

        public void Starting(IReadOnlyList<IPEndPoint> endPoints) => Started = endPoints;

        public void Stopped() => HasStopped = true;

        internal Task InvokeAsync(RequestContext context) => next(context);
    }
}
