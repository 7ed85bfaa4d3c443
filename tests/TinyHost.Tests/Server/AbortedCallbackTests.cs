// Owns: tests of callbacks of RequestContext.Aborted that throw.

using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class AbortedCallbackTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_callback_that_throws_is_logged_and_the_others_still_run(bool byHandler)
    {
        var ended = new TaskCompletionSource();
        var entered = new TaskCompletionSource();
        var (first, second) = (new NotSupportedException("first"), new InvalidDataException("second"));
        using var server = new MemoryServer(
            async context =>
            {
                context.Aborted.Register(() => throw first);
                context.Aborted.Register(() => throw second);
                context.Aborted.Register(ended.SetResult);
                entered.SetResult();
                if (byHandler)
                {
                    context.Abort();
                }

                await ended.Task;
            },
            new MemoryTransport().Arrive(Get));
        await entered.Task.WaitAsync(TestTimeout.Long);
        server.Connection.Abort();
        await server.EndAsync();
        await Until.TrueAsync(() => server.Log.Errors == 2);
        Assert.Equal([second, first], server.Log.Entries.Where(entry => entry.Level == LogLevel.Error).Select(entry => entry.Exception));
        Assert.Contains(
            server.Log.Entries, entry => entry.Message == "A callback of the token that tells a handler to end failed on connection 1.");
    }

    [Fact]
    public async Task Callbacks_that_do_not_throw_log_nothing()
    {
        using var server = new MemoryServer(
            async context =>
            {
                var ended = new TaskCompletionSource();
                context.Aborted.Register(ended.SetResult);
                context.Abort();
                await ended.Task;
            },
            new MemoryTransport().Arrive(Get));
        await server.EndAsync();
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_token_requested_after_the_abort_is_already_cancelled()
    {
        var hasFired = false;
        using var server = new MemoryServer(
            context =>
            {
                context.Abort();
                hasFired = context.Aborted.IsCancellationRequested;
                return Task.CompletedTask;
            },
            new MemoryTransport().Arrive(Get));
        await server.EndAsync();
        Assert.True(hasFired);
    }
}
