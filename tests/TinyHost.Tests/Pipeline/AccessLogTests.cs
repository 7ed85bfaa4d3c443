// Owns: tests of AccessLog.

using System.Security.Claims;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class AccessLogTests : IDisposable
{
    private readonly RecordingLogger _log = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _log.Dispose();

    private Func<RequestContext, Task> Wrap(Func<RequestContext, Task> handler) => AccessLog.Wrap(handler, _log, time: _time);

    [Fact]
    public async Task A_request_makes_one_line()
    {
        await Wrap(async context =>
        {
            await context.Request.Body.ReadAllAsync();
            _time.Advance(TimeSpan.FromMilliseconds(12.5));
            context.Response.StatusCode = 201;
            await context.Response.WriteTextAsync("héllo");
        }).SendAsync("POST", "/things", "content");
        Assert.Equal([(LogLevel.Information, "127.0.0.1:50000 - POST /things 201 7 6 12.500 ms -", null)], _log.Entries);
    }

    [Fact]
    public async Task A_clock_that_goes_back_makes_no_negative_duration()
    {
        var time = new BackwardTime();
        await AccessLog.Wrap(_ => Task.CompletedTask, _log, time: time).GetAsync("/a");
        Assert.Equal("127.0.0.1:50000 - GET /a 200 0 0 0.000 ms -", Assert.Single(_log.Entries).Message);
        Assert.True(time.Readings > 1);
    }

    [Fact]
    public async Task The_content_that_HEAD_does_not_get_is_no_output()
    {
        await Wrap(context => context.Response.WriteTextAsync("hello")).SendAsync("HEAD", "/a");
        Assert.Equal("127.0.0.1:50000 - HEAD /a 200 0 0 0.000 ms -", Assert.Single(_log.Entries).Message);
    }

    [Theory]
    [InlineData("/a?token=secret", "/a")]
    [InlineData("/a%0D%0A1.2.3.4:5%20GET%20/forged%20200", "/a%0D%0A1.2.3.4:5%20GET%20/forged%20200")]
    [InlineData("/%1B%5B31m%E2%80%A8x", "/%1B%5B31m%E2%80%A8x")]
    [InlineData("http://other/a", "http://other/a")]
    [InlineData("http://[::1]/a|b", "http://[::1]/a%7Cb")]
    [InlineData("/a\\n\"<b>^`{c}|d", "/a%5Cn%22%3Cb%3E%5E%60%7Bc%7D%7Cd")]
    [InlineData("//a/../b", "//a/../b")]
    [InlineData("/a?q=100%", "/a")]
    public async Task The_path_is_logged_as_received_without_query_and_with_invalid_URI_characters_encoded(string target, string expected)
    {
        await Wrap(_ => Task.CompletedTask).GetAsync(target);
        Assert.Equal($"127.0.0.1:50000 - GET {expected} 200 0 0 0.000 ms -", Assert.Single(_log.Entries).Message);
    }

    [Fact]
    public async Task The_full_request_path_is_logged_even_behind_path_routing()
    {
        await PathRouting.Wrap(_ => Task.CompletedTask, "/admin", Wrap(_ => Task.CompletedTask)).GetAsync("/admin/x");
        Assert.Contains(" GET /admin/x 200 ", Assert.Single(_log.Entries).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_exception_shows_the_status_that_the_server_sent(bool later)
    {
        var response = await Wrap(async _ =>
        {
            if (later)
            {
                await Task.Yield();
            }

            throw new NotSupportedException();
        }).GetAsync("/a");
        Assert.Equal(500, response.Status);
        Assert.Equal("127.0.0.1:50000 - GET /a 500 0 26 0.000 ms -", Assert.Single(_log.Entries).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_status_sent_is_logged_on_either_side_of_the_error_stage(bool outside)
    {
        Func<RequestContext, Task> failing = _ => throw new NotSupportedException();
        await (outside
            ? Wrap(ErrorHandling.Wrap(failing, NullLogger.Instance))
            : ErrorHandling.Wrap(Wrap(failing), NullLogger.Instance)).GetAsync("/a");
        Assert.Equal("127.0.0.1:50000 - GET /a 500 0 26 0.000 ms -", Assert.Single(_log.Entries).Message);
    }

    [Fact]
    public async Task A_status_that_a_callback_changes_at_the_last_moment_is_logged()
    {
        await Wrap(context =>
        {
            context.Response.OnStarting(() => context.Response.StatusCode = 418);
            return Task.CompletedTask;
        }).GetAsync("/a");
        Assert.Contains(" 418 ", Assert.Single(_log.Entries).Message);
    }

    [Fact]
    public async Task An_aborted_request_is_logged_as_aborted_without_a_status_that_was_never_sent()
    {
        using var server = new MemoryServer(
            Wrap(async context =>
            {
                await context.Response.WriteTextAsync("never sent");
                context.Abort();
            }),
            new MemoryTransport().Arrive("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"));
        await server.EndAsync();
        Assert.Equal("127.0.0.1:50000 - GET /a - 0 0 0.000 ms - aborted", Assert.Single(_log.Entries).Message);
    }

    [Theory]
    [InlineData("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a 400 0 0 0.000 ms - invalid_version")]
    [InlineData("GET /a HTTP/1.1\r\n\r\n", "GET /a 400 0 0 0.000 ms - missing_host")]
    [InlineData("G\"T /a HTTP/1.1\r\nHost: h\r\n\r\n", "- - 400 0 0 0.000 ms - invalid_method")]
    [InlineData("GET /a\"b HTTP/1.1\r\nHost: h\r\nX\r\n\r\n", "GET /a%22b 400 0 0 0.000 ms - invalid_field_name")]
    public async Task A_request_refused_before_the_chain_is_logged(string request, string expected)
    {
        using var server = new MemoryServer(Wrap(_ => Task.CompletedTask), new MemoryTransport().Arrive(request).FinishSending());
        await server.HangUpAsync();
        Assert.Equal("127.0.0.1:50000 - " + expected, Assert.Single(_log.Entries).Message);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_request_refused_in_the_chain_is_logged_with_the_reason(bool reads, bool hasErrorStage)
    {
        async Task App(RequestContext context)
        {
            if (reads)
            {
                await context.Request.Body.ReadAllAsync();
            }

            await context.Response.WriteTextAsync("ok");
        }

        using var server = new MemoryServer(
            Wrap(hasErrorStage ? ErrorHandling.Wrap(App, new RecordingLogger()) : App),
            new MemoryTransport().Arrive("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789").FinishSending(),
            limits => limits.MaxRequestBodySize = 9);
        await server.EndAsync();
        var entry = Assert.Single(_log.Entries).Message;
        Assert.StartsWith("127.0.0.1:50000 - POST /a 413 0 ", entry, StringComparison.Ordinal);
        Assert.EndsWith(" - body_too_large", entry, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_parameter_is_logged_with_the_reason()
    {
        await Wrap(context => context.Response.WriteTextAsync($"{context.Request.Query.Get("page", 1)}")).GetAsync("/a?page=x");
        Assert.EndsWith(" - invalid_parameter", Assert.Single(_log.Entries).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_under_no_prefix_is_logged()
    {
        using var server = new MemoryServer(
            Wrap(_ => Task.CompletedTask),
            new MemoryTransport().Arrive("GET /b HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending(),
            basePaths: "/a");
        await server.EndAsync();
        Assert.Equal("127.0.0.1:50000 - GET /b 404 0 0 0.000 ms - no_prefix", Assert.Single(_log.Entries).Message);
    }

    [Fact]
    public async Task A_refusal_is_logged_while_the_stage_runs_and_no_longer()
    {
        var server = new MemoryServer(Wrap(_ => Task.CompletedTask), new MemoryTransport());
        server.Dispose();
        server.Transport.Arrive("broken\r\n\r\n").FinishSending();
        await server.HangUpAsync();
        Assert.Empty(_log.Entries);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Scrapes_and_probes_are_left_out_unless_wanted(bool logsMonitoring, int lines)
    {
        await AccessLog.Wrap(
            context =>
            {
                context.Measured = false;
                return Task.CompletedTask;
            },
            _log,
            logsMonitoring: logsMonitoring,
            time: _time).GetAsync("/metrics");
        Assert.Equal(lines, _log.Entries.Count);
    }

    [Theory]
    [InlineData(AccessLogFormat.Text, "127.0.0.1:50000 Al\\x20\\\"lice GET /a 200 0 2 0.000 ms -")]
    [InlineData(AccessLogFormat.Common, "127.0.0.1 - Al\\x20\\\"lice [22/Nov/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 2")]
    [InlineData(
        AccessLogFormat.Combined,
        "127.0.0.1 - Al\\x20\\\"lice [22/Nov/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 2 \"http://x/\\\"\\\\\" \"caf\\xc3\\xa9\"")]
    public async Task What_comes_from_a_request_is_escaped(AccessLogFormat format, string expected)
    {
        await Log(format);
        Assert.Equal(expected, Assert.Single(_log.Entries).Message);
    }

    [Fact]
    public async Task A_line_of_JSON_is_one_object_with_everything()
    {
        await Log(AccessLogFormat.Json);
        var message = Assert.Single(_log.Entries).Message;
        Assert.DoesNotContain('\n', message);
        using var json = JsonDocument.Parse(message);
        Assert.Equal(
            ["time", "remote", "user", "method", "path", "version", "status", "bytesIn", "bytesOut", "seconds", "traceId", "ending",
                "referer", "userAgent"],
            json.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal("Al \"lice", json.RootElement.GetProperty("user").GetString());
        Assert.Equal("http://x/\"\\", json.RootElement.GetProperty("referer").GetString());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("traceId").ValueKind);
    }

    [Fact]
    public void A_value_that_is_no_format_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(
        () => AccessLog.Wrap(_ => Task.CompletedTask, _log, (AccessLogFormat)4));

    [Fact]
    public async Task A_disabled_log_level_costs_nothing()
    {
        var handled = Task.FromResult(1);
        var chain = AccessLog.Wrap(_ => handled, NullLogger.Instance, time: _time);
        Task? returned = null;
        Func<RequestContext, Task> app = context => returned = chain(context);
        await app.GetAsync("/");
        Assert.Same(handled, returned);
    }

    private Task<RawResponse> Log(AccessLogFormat format) => AccessLog.Wrap(
        context =>
        {
            context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "Al \"lice")], "test"));
            return context.Response.WriteTextAsync("ok");
        },
        _log,
        format,
        time: _time).GetAsync("/a?secret", "Referer: http://x/\"\\", "User-Agent: caf\u00e9");

    private sealed class BackwardTime : TimeProvider
    {
        internal int Readings { get; private set; }

        public override long GetTimestamp() => -(++Readings * TimestampFrequency);
    }
}
