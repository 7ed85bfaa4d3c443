// Owns: tests of Response.OnStarting.

using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class OnStartingTests
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    internal const string Post = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n";

    private static readonly Func<RequestContext, Task> s_tooLarge = async context => await context.Request.Body.ReadAllAsync();

    public static TheoryData<string, Func<RequestContext, Task>, int> Answers => new()
    {
        { "content", context => context.Response.WriteTextAsync("hello"), 200 },
        { "nothing", _ => Task.CompletedTask, 200 },
        { "a flush", context => context.Response.FlushAsync().AsTask(), 200 },
        { "content that is not held", context => context.Response.WriteAsync(new byte[100_000]).AsTask(), 200 },
        { "long text", context => context.Response.WriteTextAsync(new string('x', 100_000)), 200 },
        { "a reset", context => { context.Response.Reset(); return Task.CompletedTask; }, 200 },
        { "an exception", _ => throw new NotSupportedException(), 500 },
        { "a late exception", async _ => { await Task.Yield(); throw new NotSupportedException(); }, 500 },
        { "null", _ => null!, 500 },
        { "another length", context => { context.Response.ContentLength = 5; return Task.CompletedTask; }, 500 },
        { "the error stage", ErrorHandling.Wrap(_ => throw new NotSupportedException(), NullLogger.Instance), 500 },
        { "content that is too large", s_tooLarge, 413 },
        { "content that is too large, behind the error stage", ErrorHandling.Wrap(s_tooLarge, NullLogger.Instance), 413 },
        { "no route", new Routes().Get("/b", _ => Task.CompletedTask), 404 },
        { "another method", new Routes().Get("/a", _ => Task.CompletedTask), 405 },
        { "no credentials", Authentication.Wrap(_ => Task.CompletedTask, auth => auth.Token("t", "t")), 401 },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task OnStarting_runs_before_the_head_whatever_the_answer(string answer, Func<RequestContext, Task> app, int status)
    {
        var calls = 0;
        var sent = await MemoryServer.ExchangeAsync(
            Post,
            context =>
            {
                context.Response.OnStarting(() =>
                {
                    calls++;
                    Assert.False(context.Response.HasStarted);
                    context.Response.Fields["X-Request"] = "7";
                });
                return app(context);
            },
            limits => limits.MaxRequestBodySize = status == 413 ? 5 : 10);
        // A response that turns out to be wrong is replaced: its callbacks are called again for the 500.
        Assert.True(calls == (answer == "another length" ? 2 : 1), $"{answer}: {calls} calls");
        Assert.StartsWith($"HTTP/1.1 {status} ", sent);
        Assert.Contains("\r\nX-Request: 7\r\n", sent[..sent.IndexOf("\r\n\r\n", StringComparison.Ordinal)] + "\r\n");
    }

    [Fact]
    public async Task The_last_OnStarting_added_runs_first_and_may_change_the_status_and_add_content()
    {
        var response = await new Func<RequestContext, Task>(context =>
        {
            context.Response.OnStarting(() => context.Response.Fields["X-Seen"] = $"{context.Response.StatusCode}");
            context.Response.OnStarting(() =>
            {
                context.Response.StatusCode = 418;
                context.Response.Write("teapot"u8);
            });
            return Task.CompletedTask;
        }).GetAsync("/");
        Assert.Equal((418, "418", "teapot"), (response.Status, response.Field("X-Seen"), response.Content));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_OnStarting_that_throws_is_answered_with_500_after_the_others(bool flushes)
    {
        using var server = new MemoryServer(
            async context =>
            {
                context.Response.OnStarting(() => context.Response.Fields["X-Outer"] = "1");
                context.Response.OnStarting((Action)(() => throw new NotSupportedException("on purpose")));
                context.Response.OnStarting(() => context.Response.Fields["X-Inner"] = "2");
                if (flushes)
                {
                    await context.Response.FlushAsync();
                }
            },
            new MemoryTransport().Arrive(Get + Get).FinishSending());
        var sent = await server.EndAsync();
        Assert.Equal(2, sent.Split("HTTP/1.1 500 ").Length - 1);
        Assert.Equal(2, sent.Split("X-Inner: 2\r\nX-Outer: 1\r\n").Length - 1);
        Assert.Equal(2, server.Log.Entries.Count(entry => entry is { Level: LogLevel.Error, Exception: NotSupportedException }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_OnStarting_that_refuses_the_request_decides_the_answer(bool flushes)
    {
        using var meters = new MeterRecorder();
        using var server = new MemoryServer(
            async context =>
            {
                context.Response.OnStarting(() => context.Response.Fields["X-Outer"] = "1");
                context.Response.OnStarting((Action)(() => throw new RequestRejectedException(RejectReason.RateLimit, "on purpose")));
                await context.Response.WriteTextAsync("dropped");
                if (flushes)
                {
                    await context.Response.FlushAsync();
                }
            },
            new MemoryTransport().Arrive(Get).FinishSending(),
            meters: meters);
        var sent = await server.EndAsync();
        Assert.StartsWith("HTTP/1.1 429 Too Many Requests\r\n", sent);
        Assert.Contains("\r\nX-Outer: 1\r\n", sent);
        Assert.EndsWith("\r\n\r\n429 Too Many Requests: rate limit\n", sent);
        Assert.Equal("rate_limit", Assert.Single(meters.Tags("tinyhost.requests.rejected"))["reason"]);
        Assert.Equal(0, server.Log.Errors);
    }

    public static TheoryData<string, Action<Response>> Spoilers => new()
    {
        { "204", response => response.StatusCode = 204 },
        { "304", response => response.StatusCode = 304 },
        { "a length", response => response.ContentLength = 99 },
    };

    [Theory]
    [MemberData(nameof(Spoilers))]
    public async Task An_OnStarting_that_spoils_errors_too_is_left_out_of_the_last(string what, Action<Response> spoil)
    {
        Func<RequestContext, Task> app = context =>
        {
            context.Response.OnStarting(() => spoil(context.Response));
            return context.Response.WriteTextAsync("ok");
        };
        using var server = new MemoryServer(
            ErrorHandling.Wrap(app, NullLogger.Instance), new MemoryTransport().Arrive(Get + Get).FinishSending());
        var sent = await server.EndAsync();
        Assert.True(sent.Split("HTTP/1.1 500 ").Length == 3, $"{what}: {sent}");
        Assert.EndsWith("\r\n\r\n500 Internal Server Error\n", sent);
        Assert.DoesNotContain(server.Log.Entries, entry => entry.Level == LogLevel.Critical);
    }

    // The compiler would make an async void of it, whose exception ends the process.
    [Theory]
    [InlineData("async () => await Task.Yield()")]
    [InlineData("() => response.WriteTextAsync(\"\")")]
    [InlineData("() => Task.CompletedTask")]
    public void An_OnStarting_that_is_async_does_not_compile(string callback)
    {
        var source = "using System.Threading.Tasks; using TinyHost; class C { void M(Response response) => response.OnStarting("
            + callback + "); }";
        var compilation = CSharpCompilation.Create(
            "Callback",
            [CSharpSyntaxTree.ParseText(source)],
            ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
                .Append(typeof(Response).Assembly.Location).Distinct().Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        var error = Assert.Single(compilation.GetDiagnostics(), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        Assert.Equal("CS0619", error.Id);
        Assert.Contains("cannot be async", error.GetMessage(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Expect: 100-continue\r\n")]
    public async Task An_OnStarting_that_leaves_a_read_pending_is_answered_with_500_and_ends_the_connection(string lines)
    {
        Task? read = null;
        using var server = new MemoryServer(
            context =>
            {
                context.Response.OnStarting(() => { read = context.Request.Body.ReadAllAsync().AsTask(); });
                return Task.CompletedTask;
            },
            new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n" + lines + "\r\n"));
        await Until.TrueAsync(() => server.Transport.SendIsShut || server.Served.IsCompleted);
        server.Transport.Arrive("abcde" + Get);
        var sent = await server.HangUpAsync();
        Assert.Contains("HTTP/1.1 500 ", sent);
        Assert.Single(sent.Split("Content-Type: ")[1..]);
        Assert.Contains("left a read", server.Log.Entries.First(entry => entry.Level == LogLevel.Error).Exception!.Message);
        Assert.DoesNotContain(server.Log.Entries, entry => entry.Level == LogLevel.Critical);
        await Assert.ThrowsAsync<InvalidOperationException>(() => read!);
    }

    [Fact]
    public async Task An_OnStarting_cannot_send_nor_add_another()
    {
        Exception? sending = null;
        Exception? adding = null;
        var response = await new Func<RequestContext, Task>(context =>
        {
            context.Response.OnStarting(() =>
            {
                sending = Record.Exception(() => { _ = context.Response.FlushAsync().AsTask(); });
                adding = Record.Exception(() => context.Response.OnStarting(() => { }));
            });
            return context.Response.WriteTextAsync("whole");
        }).GetAsync("/");
        Assert.Equal((200, "whole"), (response.Status, response.Content));
        Assert.IsType<InvalidOperationException>(sending);
        Assert.IsType<InvalidOperationException>(adding);
    }

    [Fact]
    public async Task OnStarting_is_refused_once_the_response_has_started_or_the_request_has_ended()
    {
        RequestContext? ended = null;
        Exception? late = null;
        await MemoryServer.ExchangeAsync(Get, async context =>
        {
            ended = context;
            await context.Response.FlushAsync();
            late = Record.Exception(() => context.Response.OnStarting(() => { }));
        });
        Assert.IsType<InvalidOperationException>(late);
        Assert.Throws<InvalidOperationException>(() => ended!.Response.OnStarting(() => { }));
        Assert.Throws<InvalidOperationException>(() => ended!.Response.OnCompleted(() => Task.CompletedTask));
    }

    [Fact]
    public async Task A_switch_of_protocols_runs_OnStarting()
    {
        using var server = new MemoryServer(
            async context =>
            {
                context.Response.OnStarting(() => context.Response.Fields["X-Request"] = "7");
                await using var stream = await context.UpgradeAsync("line");
            },
            new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: line\r\n\r\n").FinishSending());
        var sent = await server.HangUpAsync();
        Assert.StartsWith("HTTP/1.1 101 ", sent);
        Assert.Contains("\r\nX-Request: 7\r\n", sent);
    }

    [Fact]
    public async Task An_OnStarting_that_writes_content_prevents_a_switch_of_protocols()
    {
        using var server = new MemoryServer(
            async context =>
            {
                context.Response.OnStarting(() => context.Response.Write("content"u8));
                await using var stream = await context.UpgradeAsync("line");
            },
            new MemoryTransport().Arrive("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: line\r\n\r\n").FinishSending());
        Assert.StartsWith("HTTP/1.1 500 ", await server.HangUpAsync());
        var failure = Assert.Single(server.Log.Entries, entry => entry.Level == LogLevel.Error).Exception!;
        Assert.Contains("OnStarting", failure.Message, StringComparison.Ordinal);
    }
}
