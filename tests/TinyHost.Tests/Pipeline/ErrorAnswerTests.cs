// Owns: tests of how errors are answered: as text, as problem details, or by a function.

using System.Text.Json;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ErrorAnswerTests : IDisposable
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

    private readonly RecordingLogger _log = new();

    public void Dispose() => _log.Dispose();

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
        var response = await ErrorHandling.Wrap(app, _log).SendAsync("PUT", "/a", "0123456789");
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
            ErrorHandling.Wrap(_ => throw new RequestRejectedException(RejectReason.InvalidContent, "on purpose"), _log),
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
            entry.Exception?.Message.StartsWith("The answer of UseErrors (a function in TinyHost.Tests.ErrorAnswerTests.") == true);
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
