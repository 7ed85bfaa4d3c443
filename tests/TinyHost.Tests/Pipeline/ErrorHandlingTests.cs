// Owns: tests of ErrorHandling: the response to a handler's exception, and its log entry.

using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ErrorHandlingTests : IDisposable
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

    private readonly RecordingLogger _log = new();

    public void Dispose() => _log.Dispose();

    private Func<RequestContext, Task> Wrap(Func<RequestContext, Task> handler) => ErrorHandling.Wrap(handler, _log);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_exception_is_answered_with_500_and_logged_once(bool later)
    {
        var fault = new NotSupportedException("on purpose");
        using var server = new MemoryServer(
            Wrap(Throwing(fault, later)), new MemoryTransport().Arrive("GET /a%0Ab?secret HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending());
        var sent = await server.EndAsync();
        Assert.StartsWith("HTTP/1.1 500 Internal Server Error\r\n", sent);
        Assert.EndsWith("\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 26\r\n\r\n500 Internal Server Error\n", sent);
        Assert.Equal([(LogLevel.Error, "GET /a%0Ab failed on connection 1.", fault)], _log.Entries);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task Fields_set_by_the_failed_handler_are_dropped()
    {
        var response = await Wrap(async context =>
        {
            context.Response.Fields["X-Half"] = "done";
            context.Response.StatusCode = 201;
            await context.Response.WriteTextAsync("half");
            throw new NotSupportedException();
        }).GetAsync("/");
        Assert.Equal((500, null, "500 Internal Server Error\n"), (response.Status, response.Field("X-Half"), response.Content));
    }

    [Fact]
    public async Task A_500_has_the_fields_of_outer_stages_as_they_were_before_the_handler()
    {
        var inner = Wrap(async context =>
        {
            var fields = context.Response.Fields;
            fields["X-Removed"] = null;
            fields["X-Replaced"] = "inner";
            await context.Response.AnswerAsync(201, "half");
            fields.Add("Set-Cookie", "secret=1");
            throw new NotSupportedException();
        });
        Func<RequestContext, Task> app = context =>
        {
            var fields = context.Response.Fields;
            fields["X-Removed"] = "outer";
            fields["X-Replaced"] = "outer";
            fields["Content-Language"] = "en";
            return inner(context);
        };
        var sent = await MemoryServer.ExchangeAsync(Get + Get, app);
        const string Fields = "\r\nX-Removed: outer\r\nX-Replaced: outer\r\nContent-Type: text/plain; charset=utf-8\r\n";
        Assert.Equal(2, sent.Split(Fields).Length - 1);
        Assert.DoesNotContain("Set-Cookie", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("Content-Language", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_of_several_error_stages_restores_the_fields_that_it_saw()
    {
        var inner = Wrap(context =>
        {
            context.Response.Reset();
            throw new NotSupportedException();
        });
        var outer = Wrap(async context =>
        {
            context.Response.Fields["X-Inner"] = "2";
            await inner(context);
            Assert.Equal(("1", "2"), (context.Response.Fields["X-Outer"], context.Response.Fields["X-Inner"]));
            throw new NotSupportedException();
        });
        Func<RequestContext, Task> app = context =>
        {
            context.Response.Fields["X-Outer"] = "1";
            return outer(context);
        };
        var response = await app.GetAsync("/");
        Assert.Equal((500, "1", null), (response.Status, response.Field("X-Outer"), response.Field("X-Inner")));
        Assert.All(_log.Entries, entry => Assert.IsType<NotSupportedException>(entry.Exception));
    }

    [Fact]
    public async Task The_connection_persists_after_a_500()
    {
        var sent = await MemoryServer.ExchangeAsync(Get + Get, Wrap(Throwing(new NotSupportedException(), later: true)));
        Assert.Equal(2, sent.Split("HTTP/1.1 500 ").Length - 1);
    }

    [Fact]
    public async Task A_started_response_is_cut_off_and_the_exception_logged_once()
    {
        Exception? passed = null;
        var wrapped = Wrap(async context =>
        {
            await context.Response.WriteTextAsync("half");
            await context.Response.FlushAsync();
            throw new NotSupportedException();
        });
        using var server = new MemoryServer(
            async context =>
            {
                passed = await Record.ExceptionAsync(() => wrapped(context));
                throw passed!;
            },
            new MemoryTransport().Arrive(Get + Get).FinishSending());
        var sent = await server.EndAsync();
        Assert.EndsWith("\r\n4\r\nhalf\r\n", sent);
        Assert.True(server.Transport.IsAborted);
        Assert.IsType<NotSupportedException>(passed);
        Assert.Same(passed, Assert.Single(_log.Entries).Exception);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_rejected_request_passes_the_stage_unchanged()
    {
        var refusal = new RequestRejectedException(RejectReason.InvalidContent, "not what was asked for");
        var response = await Wrap(Throwing(refusal, later: true)).GetAsync("/");
        Assert.Equal(400, response.Status);
        Assert.Empty(_log.Entries);
    }

    [Fact]
    public async Task A_peer_that_has_left_is_not_an_error()
    {
        using var server = new MemoryServer(
            Wrap(async context => await context.Response.FlushAsync()), new MemoryTransport { FailSend = 0 }.Arrive(Get).FinishSending());
        await server.EndAsync();
        Assert.Empty(_log.Entries);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_handler_cancelled_by_an_abort_is_not_an_error()
    {
        var entered = new TaskCompletionSource();
        using var server = new MemoryServer(
            Wrap(context =>
            {
                entered.SetResult();
                return Task.Delay(Timeout.Infinite, context.Aborted);
            }),
            new MemoryTransport().Arrive(Get));
        await entered.Task.WaitAsync(TestTimeout.Long);
        server.Connection.Abort();
        await server.EndAsync();
        Assert.Empty(_log.Entries);
        Assert.Equal(0, server.Log.Errors);
    }

    [Theory]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(FileNotFoundException))]
    public async Task The_same_exceptions_without_an_abort_are_errors(Type type)
    {
        var response = await Wrap(Throwing((Exception)Activator.CreateInstance(type)!, later: true)).GetAsync("/");
        Assert.Equal(500, response.Status);
        Assert.Equal(1, _log.Errors);
    }

    [Fact]
    public async Task A_synchronous_handler_allocates_no_task()
    {
        var handled = Task.FromResult(1);
        Task? returned = null;
        Func<RequestContext, Task> app = context => returned = Wrap(_ => handled)(context);
        await app.GetAsync("/");
        Assert.Same(handled, returned);
    }

    private static Func<RequestContext, Task> Throwing(Exception exception, bool later) => later
        ? async _ =>
        {
            await Task.Yield();
            throw exception;
        }
    : _ => throw exception;
}
