// Owns: tests of Response.OnCompleted.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class OnCompletedTests
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

    [Theory]
    [MemberData(nameof(OnStartingTests.Answers), MemberType = typeof(OnStartingTests))]
    public async Task OnCompleted_sees_the_status_sent_after_the_response(string answer, Func<RequestContext, Task> app, int status)
    {
        List<string> seen = [];
        var transport = new MemoryTransport().Arrive(OnStartingTests.Post).FinishSending();
        using var server = new MemoryServer(
            context =>
            {
                context.Response.OnCompleted(() =>
                {
                    seen.Add($"{context.Request.Method} {context.Response.StatusCode} {transport.Sent.Contains("HTTP/1.1 ")}");
                    return Task.CompletedTask;
                });
                return app(context);
            },
            transport,
            limits => limits.MaxRequestBodySize = status == 413 ? 5 : 10);
        await server.EndAsync();
        Assert.True(seen is [var one] && one == $"POST {status} True", $"{answer}: {string.Join("; ", seen)}");
    }

    [Fact]
    public async Task OnCompleted_callbacks_run_last_added_first_and_the_next_request_waits_for_them()
    {
        List<string> order = [];
        var gate = new TaskCompletionSource();
        var requests = 0;
        using var server = new MemoryServer(
            context =>
            {
                order.Add($"request {++requests}");
                if (requests > 1)
                {
                    return Task.CompletedTask;
                }

                context.Response.OnCompleted(() =>
                {
                    order.Add("second");
                    return Task.CompletedTask;
                });
                context.Response.OnCompleted(async () =>
                {
                    order.Add("first");
                    await gate.Task;
                    context.Response.OnCompleted(() =>
                    {
                        order.Add("added");
                        return Task.CompletedTask;
                    });
                });
                return Task.CompletedTask;
            },
            new MemoryTransport().Arrive(Get + Get).FinishSending());
        await Until.TrueAsync(() => order.Count == 2);
        gate.SetResult();
        await server.EndAsync();
        Assert.Equal(["request 1", "first", "added", "second", "request 2"], order);
    }

    [Fact]
    public async Task An_OnCompleted_that_throws_is_logged_and_costs_nothing_else()
    {
        var completed = 0;
        using var server = new MemoryServer(
            context =>
            {
                context.Response.OnCompleted(() =>
                {
                    completed++;
                    return Task.CompletedTask;
                });
                context.Response.OnCompleted(() => throw new NotSupportedException("at once"));
                context.Response.OnCompleted(async () =>
                {
                    await Task.Yield();
                    throw new NotSupportedException("later");
                });
                context.Response.OnCompleted(() => null!);
                return Task.CompletedTask;
            },
            new MemoryTransport().Arrive(Get + Get).FinishSending());
        var sent = await server.EndAsync();
        Assert.Equal(2, completed);
        Assert.Equal(2, sent.Split("HTTP/1.1 200 ").Length - 1);
        Assert.Equal(6, server.Log.Errors);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OnCompleted_runs_when_the_response_cannot_be_sent(bool aborts)
    {
        var completed = 0;
        using var server = new MemoryServer(
            context =>
            {
                context.Response.OnCompleted(() =>
                {
                    completed++;
                    return Task.CompletedTask;
                });
                if (aborts)
                {
                    context.Abort();
                }

                return Task.CompletedTask;
            },
            new MemoryTransport { FailSend = 0 }.Arrive(Get));
        await server.EndAsync();
        Assert.Equal(1, completed);
    }
}
