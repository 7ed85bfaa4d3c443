// Owns: tests of ErrorHandling: the response to a handler's exception, and its log entry.

using System.Text.Json;
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

    public static TheoryData<string, Func<RequestContext, Task>, int, string?> Errors => new()
    {
        { "an exception", _ => throw new NotSupportedException("secret"), 500, null },
        {
            "a refusal",
            _ => throw new RequestRejectedException(RejectReason.UnsupportedMediaType, "secret"),
            415,
            "unsupported media type"
        },
        {
            "a wrapped refusal",
            _ => throw new NotSupportedException("secret", new RequestRejectedException(RejectReason.InvalidContent, "secret")),
            400,
            "invalid content"
        },
        {
            "content that is refused",
            async context => await context.Request.Body.ReadAllAsync(5),
            413,
            "body too large: the limit is 5 bytes (maxLength of the handler's read)"
        },
        {
            "a refusal with a detail",
            _ => throw new RequestRejectedException(RejectReason.InvalidContent, "secret") { Detail = "no dates" },
            400,
            "invalid content: no dates"
        },
        { "no route", new Routes().Get("/b", _ => Task.CompletedTask), 404, null },
        { "another method", new Routes().Post("/a", _ => Task.CompletedTask), 405, null },
        { "no credentials", Authentication.Wrap(_ => Task.CompletedTask, auth => auth.Token("t", "t")), 401, "missing credentials" },
        { "a stage's own error", context => context.Response.AnswerErrorAsync(503, "later \"please\""), 503, "later \"please\"" },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Errors_of_all_kinds_are_answered_as_text(string kind, Func<RequestContext, Task> app, int status, string? detail)
    {
        var response = await Wrap(app).SendAsync("PUT", "/a", "0123456789");
        Assert.Equal(status, response.Status);
        var expected = $"{status} {ReasonPhrase.For(status)}{(detail is null ? "" : ": " + detail)}\n";
        Assert.True(response.Content == expected, $"{kind}: {response.Content}");
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Errors_of_all_kinds_are_answered_as_problems(string kind, Func<RequestContext, Task> app, int status, string? detail)
    {
        var response = await ErrorHandling.Wrap(app, _log, ErrorAnswers.Problem).SendAsync("PUT", "/a", "0123456789");
        Assert.Equal((status, "application/problem+json"), (response.Status, response.Field("Content-Type")));
        using var json = JsonDocument.Parse(response.Content);
        Assert.True(json.RootElement.GetProperty("status").GetInt32() == status, kind);
        Assert.Equal(ReasonPhrase.For(status), json.RootElement.GetProperty("title").GetString());
        Assert.Equal(detail, json.RootElement.TryGetProperty("detail", out var text) ? text.GetString() : null);
        Assert.DoesNotContain("secret", response.Content, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task A_function_may_answer_errors_of_all_kinds(string kind, Func<RequestContext, Task> app, int status, string? detail)
    {
        var response = await ErrorHandling.Wrap(app, _log, async (context, error) =>
        {
            await Task.Yield();
            context.Response.StatusCode = 299;
            await context.Response.WriteTextAsync($"{error.StatusCode} {error.Detail} {error.Exception is null}");
        }).SendAsync("PUT", "/a", "0123456789");
        var hasException = status is 500 or 415 or 400 or 413;
        Assert.True(
            (response.Status, response.Content) == (299, $"{status} {detail} {!hasException}"), $"{kind}: {response.Content}");
    }

    [Fact]
    public async Task A_refusal_that_the_stage_answers_is_counted_once()
    {
        using var meters = new MeterRecorder();
        using var server = new MemoryServer(
            Wrap(_ => throw new RequestRejectedException(RejectReason.InvalidContent, "on purpose")),
            new MemoryTransport().Arrive(Get + Get).FinishSending(),
            meters: meters);
        var sent = await server.EndAsync();
        Assert.Equal(2, sent.Split("HTTP/1.1 400 ").Length - 1);
        Assert.Equal(2, server.Log.Entries.Count(entry => entry.Message.Contains("invalid_content", StringComparison.Ordinal)));
        Assert.Empty(_log.Entries);
    }

    [Fact]
    public async Task A_function_that_throws_is_answered_with_500_by_the_server()
    {
        using var server = new MemoryServer(
            ErrorHandling.Wrap(_ => throw new NotSupportedException("first"), _log, (_, _) => throw new NotSupportedException("second")),
            new MemoryTransport().Arrive(Get).FinishSending());
        var sent = await server.EndAsync();
        Assert.StartsWith("HTTP/1.1 500 ", sent);
        Assert.Equal("first", Assert.Single(_log.Entries).Exception!.Message);
        Assert.Equal("second", Assert.Single(server.Log.Entries, entry => entry.Level == LogLevel.Error).Exception!.Message);
    }

    [Theory]
    [InlineData("/throws", 500)]
    [InlineData("/missing", 404)]
    [InlineData("/answers", 503)]
    public async Task The_status_of_the_error_and_no_content_are_set_before_the_function_is_called(string path, int status)
    {
        var routes = new Routes()
            .Get("/throws", async context =>
            {
                await context.Response.WriteTextAsync("half");
                throw new NotSupportedException();
            })
            .Get("/answers", async context =>
            {
                await context.Response.WriteTextAsync("half");
                await context.Response.AnswerErrorAsync(503);
            });
        var response = await ErrorHandling.Wrap(routes, _log, (context, _) => context.Response.WriteTextAsync("sorry")).GetAsync(path);
        Assert.Equal((status, "sorry"), (response.Status, response.Content));
    }

    [Fact]
    public async Task A_function_that_returns_null_is_named()
    {
        using var server = new MemoryServer(
            ErrorHandling.Wrap(new Routes(), _log, (_, _) => null!), new MemoryTransport().Arrive(Get).FinishSending(), logger: _log);
        Assert.StartsWith("HTTP/1.1 500 ", await server.EndAsync());
        Assert.Contains(_log.Entries, entry =>
            entry.Exception?.Message.StartsWith("The answer of UseErrors (a function in TinyHost.Tests.ErrorHandlingTests.") == true);
    }

    // Otherwise it would call itself until the stack overflows.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_function_that_answers_with_AnswerErrorAsync_gets_the_text(bool later)
    {
        var app = ErrorHandling.Wrap(new Routes().Get("/a", _ => throw new NotSupportedException()), _log, async (context, error) =>
        {
            if (later)
            {
                await Task.Yield();
            }

            await context.Response.AnswerErrorAsync(error.StatusCode, "on purpose");
        });
        Assert.Equal("500 Internal Server Error: on purpose\n", (await app.GetAsync("/a")).Content);
        Assert.Equal("404 Not Found: on purpose\n", (await app.GetAsync("/b")).Content);
    }

    [Theory]
    [InlineData(399)]
    [InlineData(600)]
    public async Task A_status_that_is_no_error_is_refused(int status)
    {
        Exception? thrown = null;
        await new Func<RequestContext, Task>(context =>
        {
            thrown = Record.Exception(() => { _ = context.Response.AnswerErrorAsync(status); });
            return Task.CompletedTask;
        }).GetAsync("/");
        Assert.IsType<ArgumentOutOfRangeException>(thrown);
    }
}
