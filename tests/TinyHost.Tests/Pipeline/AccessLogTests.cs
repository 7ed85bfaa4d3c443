// Owns: tests of AccessLog.

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class AccessLogTests : IDisposable
{
    private readonly RecordingLogger _log = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _log.Dispose();

    private Func<RequestContext, Task> Wrap(Func<RequestContext, Task> handler) => AccessLog.Wrap(handler, _log, _time);

    [Fact]
    public async Task A_request_makes_one_line()
    {
        await Wrap(async context =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(12.5));
            context.Response.StatusCode = 201;
            await context.Response.WriteTextAsync("héllo");
        }).SendAsync("POST", "/things", "content");
        Assert.Equal([(LogLevel.Information, "127.0.0.1:50000 POST /things 201 6 12.500 ms", null)], _log.Entries);
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
        Assert.Equal($"127.0.0.1:50000 GET {expected} 200 0 0.000 ms", Assert.Single(_log.Entries).Message);
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
    public async Task An_exception_is_logged_by_type_and_rethrown(bool later)
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
        Assert.Equal("127.0.0.1:50000 GET /a ended by NotSupportedException after 0.000 ms", Assert.Single(_log.Entries).Message);
    }

    [Fact]
    public async Task Outside_the_error_stage_the_log_shows_the_500()
    {
        await Wrap(ErrorHandling.Wrap(_ => throw new NotSupportedException(), NullLogger.Instance)).GetAsync("/a");
        Assert.Equal("127.0.0.1:50000 GET /a 500 26 0.000 ms", Assert.Single(_log.Entries).Message);
    }

    [Fact]
    public async Task A_disabled_log_level_costs_nothing()
    {
        var handled = Task.FromResult(1);
        var chain = AccessLog.Wrap(_ => handled, NullLogger.Instance, _time);
        Task? returned = null;
        Func<RequestContext, Task> app = context => returned = chain(context);
        await app.GetAsync("/");
        Assert.Same(handled, returned);
    }
}
