// Owns: tests of Pipeline: the order of stages, and their visibility to the server.

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
    public async Task Middleware_is_called_once_for_any_number_of_requests()
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
    public void A_chain_without_stages_is_the_outermost_delegate_itself()
    {
        Func<RequestContext, Task> outermost = _ => Task.CompletedTask;
        Assert.Same(s_terminal, new Pipeline().Run(s_terminal));
        Assert.Same(outermost, new Pipeline().Use(_ => outermost).Run(s_terminal));
    }

    [Fact]
    public void A_chain_whose_stages_are_all_visible_needs_no_wrapper()
    {
        var stage = new Probe(s_terminal);
        Assert.Same(stage, new Pipeline().Use(_ => stage).Run(s_terminal).Target);
        var outer = new Probe(stage);
        Assert.Same(outer, new Pipeline().Use(_ => outer).Run(stage).Target);
    }

    [Fact]
    public void Stages_behind_lambdas_are_found()
    {
        var first = new Probe(s_terminal);
        var second = new Probe(s_terminal);
        var terminal = new Probe(s_terminal);
        var chain = new Pipeline()
            .Use(next => context => next(context))
            .Use(next => first)
            .Use(next => context => next(context))
            .Use(next => second)
            .Use(next => context => next(context))
            .Run(terminal);
        Assert.Equal(
            [first, second, terminal],
            StageRun.FindAll(chain).OfType<Probe>().OrderBy(stage => stage == first ? 0 : stage == second ? 1 : 2));
    }

    [Fact]
    public void Stages_of_a_pipeline_within_a_pipeline_are_found()
    {
        var inner = new Probe(s_terminal);
        var app = new Pipeline().Use(next => context => next(context)).Run(inner);
        var chain = new Pipeline().Use(next => context => next(context)).Run(app);
        Assert.Contains(inner, StageRun.FindAll(chain));
    }

    [Fact]
    public void Every_built_in_stage_exposes_the_stages_behind_it()
    {
        var logger = new RecordingLogger();
        Func<Func<RequestContext, Task>, Func<RequestContext, Task>>[] wrappers =
        [
            next => PortRouting.Wrap(next, 1, s_terminal), next => PathRouting.Wrap(next, "/a", s_terminal),
            next => FieldRouting.Wrap(next, "A", s_terminal), next => FieldRouting.Wrap(next, "A", "b", s_terminal),
            next => PredicateRouting.Wrap(next, _ => true, s_terminal),
            next => ErrorHandling.Wrap(next, logger), next => AccessLog.Wrap(next, logger),
            next => Authentication.Wrap(next, auth => auth.Token("t", "t")),
        ];
        Assert.All(wrappers, wrap =>
        {
            var behind = new Probe(s_terminal);
            Assert.Contains(behind, StageRun.FindAll(wrap(behind)));
        });
    }

    [Fact]
    public void Every_routing_stage_exposes_the_stages_it_diverts_to()
    {
        Func<Func<RequestContext, Task>, Func<RequestContext, Task>>[] routings =
        [
            handler => PortRouting.Wrap(s_terminal, 1, handler), handler => PathRouting.Wrap(s_terminal, "/a", handler),
            handler => FieldRouting.Wrap(s_terminal, "A", handler), handler => FieldRouting.Wrap(s_terminal, "A", "b", handler),
            handler => PredicateRouting.Wrap(s_terminal, _ => true, handler),
            handler => new Routes().Get("/", s_terminal).Post("/a", handler),
        ];
        Assert.All(routings, to =>
        {
            var diverted = new Probe(s_terminal);
            Assert.Contains(diverted, StageRun.FindAll(to(diverted)));
        });
    }

    [Fact]
    public async Task The_server_notifies_stages_of_its_start_and_stop()
    {
        var stage = new Probe(s_terminal);
        var server = await TestServer.StartAsync(new Pipeline().Use(next => context => next(context)).Use(_ => stage).Run(s_terminal));
        Assert.Equal(server.EndPoints[0].Port, Assert.Single(stage.Started!).Port);
        Assert.False(stage.HasStopped);
        await server.DisposeAsync();
        Assert.True(stage.HasStopped);
    }

    [Fact]
    public void Stages_added_after_Run_do_not_change_the_returned_chain()
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

    private sealed class Probe(Func<RequestContext, Task> next) : Stage(next)
    {
        internal IReadOnlyList<IPEndPoint>? Started { get; private set; }

        internal bool HasStopped { get; private set; }

        protected internal override void Starting(IReadOnlyList<IPEndPoint> endPoints) => Started = endPoints;

        protected internal override void Stopped() => HasStopped = true;

        protected override Task InvokeAsync(RequestContext context) => next(context);
    }
}
