// Owns: tests of PipelineExtensions: each method adds its stage.

using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class PipelineExtensionsTests
{
    private static readonly Func<RequestContext, Task> s_app = context => context.Response.WriteTextAsync("app");
    private static readonly Func<RequestContext, Task> s_diverted = context => context.Response.WriteTextAsync("diverted");

    [Fact]
    public async Task Requests_are_diverted_by_port_path_field_and_predicate()
    {
        Pipeline[] pipelines =
        [
            new Pipeline().MapPort(8080, s_diverted), new Pipeline().MapPath("/a", s_diverted), new Pipeline().MapField("X-A", s_diverted),
            new Pipeline().MapField("X-A", "1", s_diverted), new Pipeline().MapWhen(context => context.Request.RawQuery == "q", s_diverted),
        ];
        foreach (var pipeline in pipelines)
        {
            Assert.Equal("diverted", (await pipeline.Run(s_app).GetAsync("/a?q", "X-A: 1")).Content);
        }

        foreach (var pipeline in pipelines[1..].Append(new Pipeline().MapPort(9100, s_diverted)))
        {
            Assert.Equal("app", (await pipeline.Run(s_app).GetAsync("/b", "X-B: 1")).Content);
        }
    }

    [Fact]
    public async Task Authentication_stages_require_credentials() =>
        Assert.Equal(401, (await new Pipeline().UseAuthentication(auth => auth.Token("t", "t")).Run(s_app).GetAsync("/")).Status);

    [Fact]
    public async Task Loggers_come_from_the_services()
    {
        var log = new RecordingLogger();
        var chain = new Pipeline(new Services(log)).UseAccessLog().UseErrors().Run(_ => throw new NotSupportedException());
        Assert.Equal(500, (await chain.GetAsync("/")).Status);
        Assert.Equal([LogLevel.Error, LogLevel.Information], log.Entries.Select(entry => entry.Level));
    }

    [Fact]
    public async Task An_explicit_logger_is_used()
    {
        var log = new RecordingLogger();
        var chain = new Pipeline().UseAccessLog(logger: log).UseErrors(logger: log).Run(_ => throw new NotSupportedException());
        Assert.Equal(500, (await chain.GetAsync("/")).Status);
        Assert.Equal(2, log.Entries.Count);
    }

    [Fact]
    public void A_stage_without_a_logger_is_refused()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => new Pipeline().UseErrors());
        Assert.Equal("UseErrors has no logger: give it one, or give the pipeline services with an ILoggerFactory.", exception.Message);
        Assert.Throws<InvalidOperationException>(() => new Pipeline(new Services(null)).UseAccessLog());
    }

    private sealed class Services(ILoggerFactory? loggers) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(ILoggerFactory) ? loggers : null;
    }
}
