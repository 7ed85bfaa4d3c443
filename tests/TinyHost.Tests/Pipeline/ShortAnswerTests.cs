// Owns: tests that short answers replace the content and the fields that describe it, and keep all other fields.

using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ShortAnswerTests
{
    private static readonly Func<RequestContext, Task> s_routes =
        new Routes().Get("/known", context => context.Response.WriteTextAsync("known"));

    private static readonly Dictionary<string, (Func<RequestContext, Task> App, string Request, int Status, string Text)> s_answers = new()
    {
        ["no route"] = (s_routes, "GET /unknown", 404, "404 Not Found\n"),
        ["no method"] = (s_routes, "PUT /known", 405, "405 Method Not Allowed\n"),
        ["no tunnel"] = (s_routes, "TRACE /known", 501, "501 Not Implemented\n"),
        ["OPTIONS"] = (s_routes, "OPTIONS /known", 204, ""),
        ["no credentials"] =
            (Authentication.Wrap(s_routes, auth => auth.Token("t", "t")), "GET /known", 401, "401 Unauthorized: missing credentials\n"),
        ["no WebSocket"] = (context => context.AcceptWebSocketAsync(), "GET /known", 426,
            "426 Upgrade Required: This resource speaks WebSocket (RFC 6455)\n"),
        ["failed"] = (
            ErrorHandling.Wrap(_ => throw new NotSupportedException(), NullLogger.Instance),
            "GET /known",
            500,
            "500 Internal Server Error\n"),
        ["of the program"] = (context => context.Response.AnswerAsync(418, "Tea only.\n"), "GET /known", 418, "Tea only.\n"),
    };

    public static TheoryData<string> Answers => [.. s_answers.Keys];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_short_answer_replaces_content_fields_and_keeps_the_others(string name)
    {
        var (app, request, status, content) = s_answers[name];
        var response = await Outer(app).SendAsync(request.Split(' ')[0], request.Split(' ')[1]);
        Assert.Equal((status, content), (response.Status, response.Content));
        Assert.Equal(content == "" ? null : "text/plain; charset=utf-8", response.Field("Content-Type"));
        Assert.Equal(status == 204 ? null : $"{content.Length}", response.Field("Content-Length"));
        foreach (var dropped in s_contentFields)
        {
            Assert.Null(response.Field(dropped));
        }

        foreach (var kept in s_otherFields)
        {
            Assert.Equal("outer", response.Field(kept));
        }

        Assert.Equal(["a=1", "b=2"], response.Fields["Set-Cookie"]);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Content_written_by_an_outer_stage_is_replaced(string name)
    {
        var (app, request, status, content) = s_answers[name];
        Func<RequestContext, Task> outer = async context =>
        {
            await context.Response.WriteTextAsync("banner");
            await app(context);
        };
        var response = await outer.SendAsync(request.Split(' ')[0], request.Split(' ')[1]);
        Assert.Equal((status, content), (response.Status, response.Content));
    }

    [Fact]
    public async Task Fields_of_a_failed_handler_are_dropped_and_outer_fields_kept()
    {
        var failing = ErrorHandling.Wrap(context =>
        {
            context.Response.Fields["Cache-Control"] = "max-age=86400";
            context.Response.Fields.Add("Set-Cookie", "session=half-made");
            throw new NotSupportedException();
        }, NullLogger.Instance);
        Func<RequestContext, Task> outer = context =>
        {
            context.Response.Fields["X-Version"] = "1";
            return failing(context);
        };
        var response = await outer.GetAsync("/");
        Assert.Equal(
            (500, "1", null, null),
            (response.Status, response.Field("X-Version"), response.Field("Cache-Control"), response.Field("Set-Cookie")));
    }

    [Fact]
    public async Task Removing_content_fields_keeps_the_other_fields()
    {
        Func<RequestContext, Task> app = context =>
        {
            context.Response.Fields["Content-Type"] = "image/png";
            context.Response.Fields["X-A"] = "1";
            context.Response.Fields["ETag"] = "\"x\"";
            context.Response.Fields["X-B"] = "2";
            context.Response.Trailers["X-Sum"] = "3";
            context.Response.ContentLength = 100;
            context.Response.ResetContent();
            return context.Response.WriteTextAsync("text");
        };
        var response = await app.GetAsync("/");
        Assert.Equal(
            ["X-A", "X-B", "Content-Type", "Content-Length"], response.Fields.Select(field => field.Key).Where(key => key != "Date"));
        Assert.Equal("text", response.Content);
    }

    [Fact]
    public async Task A_started_response_keeps_its_content()
    {
        Exception? exception = null;
        await MemoryServer.ExchangeAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n", async context =>
        {
            await context.Response.FlushAsync();
            exception = Assert.Throws<InvalidOperationException>(context.Response.ResetContent);
            await Assert.ThrowsAsync<InvalidOperationException>(() => context.Response.AnswerAsync(404, "x"));
        });
        Assert.NotNull(exception);
    }

    private static readonly string[] s_contentFields =
    [
        "Content-Encoding", "Content-Language", "Content-Location", "Content-Range", "Content-Disposition", "Content-Digest", "Content-MD5",
            "ETag",
        "Last-Modified", "Accept-Ranges", "Repr-Digest", "Digest", "Trailer",
    ];

    private static readonly string[] s_otherFields =
    [
        "Content-Security-Policy", "Content-Security-Policy-Report-Only", "X-Version", "Vary", "Cache-Control",
            "Access-Control-Allow-Origin", "Server",
        "Strict-Transport-Security", "X-Content-Type-Options",
    ];

    private static Func<RequestContext, Task> Outer(Func<RequestContext, Task> app) => context =>
    {
        var response = context.Response;
        response.ContentType = "application/json";
        response.ContentLength = 1_234;
        foreach (var name in s_contentFields.Concat(s_otherFields))
        {
            response.Fields[name] = "outer";
        }

        response.Fields.Add("Set-Cookie", "a=1");
        response.Fields.Add("Set-Cookie", "b=2");
        return app(context);
    };
}
