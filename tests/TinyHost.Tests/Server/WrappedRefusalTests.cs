// Owns: tests that a refusal or a lost connection decides the response even when wrapped in other exceptions.

using System.Reflection;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class WrappedRefusalTests : IDisposable
{
    private static readonly RequestRejectedException s_refusal = new(RejectReason.InvalidContent, "not what was asked for");

    private static readonly Dictionary<string, Func<Exception>> s_wrapped = new()
    {
        ["bare"] = () => s_refusal,
        ["a task's result"] = () => Record.Exception(() => Task.FromException<int>(s_refusal).Result)!,
        ["a task that is waited for"] = () => Record.Exception(() => Task.FromException(s_refusal).Wait())!,
        ["two refusals at once"] = () => new AggregateException(s_refusal, s_refusal),
        ["nested aggregates"] = () => new AggregateException(new AggregateException(s_refusal)),
        ["reflection"] = () => new TargetInvocationException(s_refusal),
        ["an exception of the program"] = () => new InvalidOperationException("The import failed.", s_refusal),
        ["all of them"] = () => new InvalidOperationException("x", new TargetInvocationException(new AggregateException(s_refusal))),
    };

    private readonly RecordingLogger _log = new();

    public void Dispose() => _log.Dispose();

    public static TheoryData<string> Wrapped => [.. s_wrapped.Keys];

    [Theory]
    [MemberData(nameof(Wrapped))]
    public async Task A_wrapped_refusal_is_answered_like_a_bare_one(string name)
    {
        Func<RequestContext, Task> handler = _ => throw s_wrapped[name]();
        Func<RequestContext, Task> late = async _ =>
        {
            await Task.Yield();
            throw s_wrapped[name]();
        };
        foreach (var app in new[] { handler, late, ErrorHandling.Wrap(handler, _log), ErrorHandling.Wrap(late, _log) })
        {
            using var server = new MemoryServer(app, new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending());
            Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", await server.EndAsync(), StringComparison.Ordinal);
            Assert.Equal((0, 0), (server.Log.Errors, _log.Errors));
        }
    }

    [Fact]
    public async Task A_refusal_during_a_synchronous_wait_is_answered_with_its_status()
    {
        using var server = new MemoryServer(
            ErrorHandling.Wrap(context =>
            {
                _ = context.Request.Body.ReadAllAsync(maxLength: 1).AsTask().Result;
                return Task.CompletedTask;
            }, _log),
            new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello").FinishSending());
        Assert.StartsWith("HTTP/1.1 413 ", await server.EndAsync(), StringComparison.Ordinal);
        Assert.Equal((0, 0), (server.Log.Errors, _log.Errors));
    }

    [Fact]
    public async Task An_error_among_refusals_is_an_error()
    {
        using var server = new MemoryServer(
            _ => throw new AggregateException(s_refusal, new NotSupportedException("on purpose")),
            new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending());
        Assert.StartsWith("HTTP/1.1 500 ", await server.EndAsync(), StringComparison.Ordinal);
        Assert.Equal(1, server.Log.Errors);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_wrapped_loss_of_the_connection_is_not_an_error(bool guarded)
    {
        Func<RequestContext, Task> handler = context =>
        {
            context.Response.AsStream().FlushAsync().Wait();
            return Task.CompletedTask;
        };
        using var server = new MemoryServer(
            guarded ? ErrorHandling.Wrap(handler, _log) : handler,
            new MemoryTransport { FailSend = 0 }.Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending());
        await server.EndAsync();
        Assert.Equal((0, 0), (server.Log.Errors, _log.Errors));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_error_after_the_connection_was_lost_is_logged_once(bool guarded)
    {
        var fault = new NotSupportedException("on purpose");
        Func<RequestContext, Task> handler = async context =>
        {
            context.Abort();
            await Task.Yield();
            throw fault;
        };
        using var server = new MemoryServer(
            guarded ? ErrorHandling.Wrap(handler, _log) : handler,
            new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending());
        await server.EndAsync();
        Assert.Equal((guarded ? 0 : 1, guarded ? 1 : 0), (server.Log.Errors, _log.Errors));
        Assert.Contains((guarded ? _log : server.Log).Entries, entry => entry.Exception == fault);
    }

    [Fact]
    public async Task A_wrapped_cancellation_after_an_abort_is_not_an_error()
    {
        var entered = new TaskCompletionSource();
        using var server = new MemoryServer(
            ErrorHandling.Wrap(async context =>
            {
                entered.SetResult();
                await Task.WhenAny(Task.Delay(Timeout.Infinite, context.Aborted));
                Task.FromCanceled(context.Aborted).Wait(CancellationToken.None);
            }, _log),
            new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
        await entered.Task.WaitAsync(TestTimeout.Long);
        server.Connection.Abort();
        await server.EndAsync();
        Assert.Equal((0, 0), (server.Log.Errors, _log.Errors));
    }

    [Fact]
    public async Task The_access_log_has_the_status_of_the_refusal_and_not_of_its_wrapping()
    {
        var app = AccessLog.Wrap(_ => throw new AggregateException(s_refusal), _log);
        Assert.Equal(400, (await app.GetAsync("/")).Status);
        Assert.Contains(" GET / 400 ", Assert.Single(_log.Entries).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_metrics_do_not_count_a_wrapped_refusal_as_an_error()
    {
        using var meters = new MeterRecorder();
        using var server = new MemoryServer(
            _ => throw new AggregateException(s_refusal),
            new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending(),
            meters: meters);
        await server.EndAsync();
        Assert.DoesNotContain("error.type", Assert.Single(meters.Tags("http.server.request.duration")).Keys);
    }
}
