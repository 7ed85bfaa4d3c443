// Owns: tests of the limits on work: deadline, size of the reply, concurrency of a method, batches.

using System.Net;
using System.Text;
using TinyHost.JsonRpc.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

public sealed class RpcLimitTests
{
    private const string TimedOut = """{"jsonrpc":"2.0","error":{"code":-32002,"message":"Request timed out"},"id":1}""";
    private const string TooLarge = """{"jsonrpc":"2.0","error":{"code":-32003,"message":"Response too large"},"id":1}""";
    private const string Busy =
        """{"jsonrpc":"2.0","error":{"code":-32005,"message":"Limit exceeded","data":"""
        + "\"the method has too many calls in progress; try again later\"},\"id\":1}";

    private static readonly string s_add = RpcHttpServer.Call("add", "[1,2]");
    private static readonly string s_wait = RpcHttpServer.Call("wait", "[]");

    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<JsonRpcCall> _waiting = [];

    [Fact]
    public async Task A_call_that_takes_too_long_is_answered_while_its_method_still_runs()
    {
        using var server = Start(new JsonRpcOptions { CallTimeout = TimeSpan.FromSeconds(5) });
        var reply = server.CallAsync(s_wait);
        server.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(reply.IsCompleted);
        server.Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(TimedOut, await reply);
        Assert.Equal("deadline", Assert.Single(server.Meters.Tags("tinyhost.jsonrpc.limited"))["limit"]);
        Assert.Equal("-32002", Assert.Single(server.Meters.Tags("rpc.server.call.duration"))["rpc.status_code"]);
        Assert.Equal(5, Assert.Single(server.Meters.Values("rpc.server.call.duration")));
        Assert.Equal([1], server.Meters.Values("tinyhost.jsonrpc.calls.active"));
        Assert.Equal(
            "The call of wait with id 1 was answered with −32002 after 5 s, and its method still runs.",
            Assert.Single(server.Log.Entries).Message);

        _release.SetResult();
        await Until.TrueAsync(() => server.Meters.Values("tinyhost.jsonrpc.calls.active").Count == 2);
        Assert.Equal([1, -1], server.Meters.Values("tinyhost.jsonrpc.calls.active"));
    }

    [Fact]
    public async Task What_a_method_does_after_its_deadline_reaches_no_other_call()
    {
        using var server = Start(new JsonRpcOptions { CallTimeout = TimeSpan.FromSeconds(5) });
        var message = Encoding.UTF8.GetBytes(RpcHttpServer.Call("wait", "[\"mine\"]"));
        var reply = server.CallAsync(message);
        server.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimedOut, await reply);
        var late = Assert.Single(_waiting);
        Assert.True(late.Aborted.IsCancellationRequested);

        message.AsSpan().Fill((byte)'x');    // The receive buffer is used for something else.
        var others = Enumerable.Range(0, 10).Select(_ => server.CallAsync(s_wait)).ToArray();
        late.Result.WriteStringValue("late");
        await late.Result.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("[\"mine\"]", Encoding.UTF8.GetString(late.Params.Span));
        Assert.DoesNotContain(late, _waiting.Skip(1));
        _release.SetResult();
        Assert.All(await Task.WhenAll(others), other => Assert.Contains("\"result\":\"done\"", other, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_after_the_deadline_is_logged_but_not_the_cancellation()
    {
        using var server = Start(new JsonRpcOptions { CallTimeout = TimeSpan.FromSeconds(5) }, handler => handler
            .Add("obey", async call =>
            {
                await Task.Delay(Timeout.Infinite, call.Aborted);
                return null;
            })
            .Add("fail", async call =>
            {
                await _release.Task;
                throw new IOException("late");
            }));
        var replies = Task.WhenAll(server.CallAsync("obey", "[]"), server.CallAsync("fail", "[]"));
        server.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.All(await replies, reply => Assert.Equal(TimedOut, reply));
        _release.SetResult();
        await Until.TrueAsync(() => server.Log.Entries.Any(entry => entry.Exception is IOException));
        await Until.TrueAsync(() => server.Meters.Values("tinyhost.jsonrpc.calls.active").Sum() == 0);
        Assert.Equal(3, server.Log.Entries.Count);
    }

    [Fact]
    public async Task Calls_of_a_batch_share_the_deadline()
    {
        using var server = Start(new JsonRpcOptions { CallTimeout = TimeSpan.FromSeconds(5) });
        var invalid = "{\"id\":1}";
        var reply = server.CallAsync($"[{s_add},{s_wait},{s_add},{invalid},{s_wait.Replace(",\"id\":1", "", StringComparison.Ordinal)}]");
        server.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(
            $$"""[{"jsonrpc":"2.0","result":3,"id":1},{{TimedOut}},{{TimedOut}},"""
            + """{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":1}]""",
            await reply);
        Assert.Single(_waiting);
        _release.SetResult();
    }

    [Fact]
    public async Task Without_a_deadline_a_call_waits_for_as_long_as_its_method()
    {
        using var server = Start(new JsonRpcOptions { CallTimeout = TimeSpan.Zero });
        var reply = server.CallAsync(s_wait);
        server.Time.Advance(TimeSpan.FromHours(1));
        Assert.False(reply.IsCompleted);
        _release.SetResult();
        Assert.Contains("\"result\":\"done\"", await reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("write", 10, true)]
    [InlineData("write", 11, false)]
    [InlineData("write_and_catch", 11, false)]
    [InlineData("write_slowly", 100_000, false)]
    public async Task A_result_over_the_limit_is_an_error(string method, int length, bool fits)
    {
        using var server = Start(new JsonRpcOptions { MaxReplySize = 12 });
        var reply = await server.CallAsync(method, $"[{length}]");
        Assert.Equal(fits ? $$"""{"jsonrpc":"2.0","result":"{{new string('x', length)}}","id":1}""" : TooLarge, reply);
        Assert.Equal(fits ? [] : ["reply_size"], server.Meters.Tags("tinyhost.jsonrpc.limited").Select(tags => tags["limit"]));
        Assert.Empty(server.Log.Entries);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Calls_of_a_batch_share_the_size_of_the_reply(int concurrency)
    {
        using var server = Start(new JsonRpcOptions { MaxReplySize = 20, BatchConcurrency = concurrency });
        var write = RpcHttpServer.Call("write", "[10]");
        Assert.Equal(
            $$"""[{"jsonrpc":"2.0","result":"xxxxxxxxxx","id":1},{{TooLarge}},"""
            // Those that have begun by then are answered.
            + string.Join(',', Enumerable.Repeat(concurrency == 1 ? TooLarge : """{"jsonrpc":"2.0","result":3,"id":1}""", 2))
            + $",{TooLarge}]",
            await server.CallAsync($"[{write},{write},{s_add},{s_add},{s_add}]"));
        Assert.Contains(server.Meters.Tags("tinyhost.jsonrpc.limited"), tags => Equals(tags["limit"], "reply_size"));
    }

    [Fact]
    public async Task Calls_of_a_batch_run_together_up_to_the_limit_and_are_answered_in_order()
    {
        using var server = Start(new JsonRpcOptions { BatchConcurrency = 3 });
        var batch = string.Join(
            ',', Enumerable.Range(0, 5).Select(i => i == 1 ? "1" : s_wait.Replace(":1}", $":{i}}}", StringComparison.Ordinal)));
        var reply = server.CallAsync($"[{batch}]");
        await Until.TrueAsync(() => Count() == 2);    // The invalid element has the third place until those before it are answered.
        _release.SetResult();
        Assert.Equal(
            """[{"jsonrpc":"2.0","result":"done","id":0},{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null},"""
            + """{"jsonrpc":"2.0","result":"done","id":2},{"jsonrpc":"2.0","result":"done","id":3},"""
            + """{"jsonrpc":"2.0","result":"done","id":4}]""",
            await reply);
        Assert.Equal([5], server.Meters.Values("tinyhost.jsonrpc.batch.size"));
    }

    [Fact]
    public async Task Calls_of_a_batch_run_one_after_the_other_by_default()
    {
        using var server = Start(new JsonRpcOptions());
        var reply = server.CallAsync($"[{s_wait},{s_wait}]");
        Assert.Equal(1, Count());
        _release.SetResult();
        await reply;
        Assert.Equal(2, Count());
    }

    [Fact]
    public async Task A_batch_over_the_limit_is_counted()
    {
        using var server = Start(new JsonRpcOptions { MaxBatchSize = 1 });
        Assert.Contains("-32600", await server.CallAsync($"[{s_add},{s_add}]"), StringComparison.Ordinal);
        Assert.Equal("batch_size", Assert.Single(server.Meters.Tags("tinyhost.jsonrpc.limited"))["limit"]);
        Assert.Empty(server.Meters.Values("tinyhost.jsonrpc.batch.size"));
    }

    [Fact]
    public async Task Calls_of_a_method_wait_for_their_turn_in_order_and_beyond_the_queue_are_refused()
    {
        using var server = Start(Limited(concurrent: 1, queued: 2));
        var first = server.CallAsync(s_wait);
        var second = server.CallAsync(s_wait);
        var third = server.CallAsync(s_wait);
        Assert.Equal(Busy, await server.CallAsync(s_wait));
        Assert.Equal($"[{Busy},{{\"jsonrpc\":\"2.0\",\"result\":3,\"id\":1}}]", await server.CallAsync($"[{s_wait},{s_add}]"));
        Assert.Equal(1, Count());
        Assert.Equal(["concurrency", "concurrency"], server.Meters.Tags("tinyhost.jsonrpc.limited").Select(tags => tags["limit"]));
        _release.SetResult();
        await Task.WhenAll(first, second, third);
        Assert.Equal(3, Count());
        Assert.Contains("done", await server.CallAsync(s_wait), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_times_out_in_the_queue_gives_up_its_place_and_never_runs()
    {
        var options = Limited(concurrent: 1, queued: 1);
        options.CallTimeout = TimeSpan.FromSeconds(5);
        using var server = Start(options);
        var first = server.CallAsync(s_wait);
        var second = server.CallAsync(s_wait);
        server.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.All(await Task.WhenAll(first, second), reply => Assert.Equal(TimedOut, reply));
        await Until.TrueAsync(() => server.Meters.Values("tinyhost.jsonrpc.calls.active").Sum() == 1);

        var third = server.CallAsync(s_wait);    // The first still runs, so that the limit holds.
        Assert.Equal(Busy, await server.CallAsync(s_wait));
        _release.SetResult();
        Assert.Contains("done", await third, StringComparison.Ordinal);
        Assert.Equal(2, Count());
    }

    [Fact]
    public async Task A_single_call_beyond_the_queue_is_503_over_HTTP()
    {
        var handler = new JsonRpcHandler(Limited(concurrent: 1, queued: 0));
        AddMethods(handler);
        RpcServer.AddMethods(handler);
        await using var server = await RpcHttpServer.StartAsync(handler);
        var first = server.CallAsync("wait", "[]");
        await Until.TrueAsync(() => Count() == 1);
        using (var refused = await server.PostAsync(s_wait))
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (refused.StatusCode, $"{refused.Headers.RetryAfter}"));
            Assert.Equal("application/json", $"{refused.Content.Headers.ContentType}");
            Assert.Equal(Busy, await refused.Content.ReadAsStringAsync());
        }

        using (var notification = await server.PostAsync("""{"jsonrpc":"2.0","method":"wait"}"""))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, notification.StatusCode);
            Assert.Equal("", await notification.Content.ReadAsStringAsync());
        }

        using (var batch = await server.PostAsync($"[{s_wait}]"))
        {
            Assert.Equal(HttpStatusCode.OK, batch.StatusCode);
            Assert.Null(batch.Headers.RetryAfter);
        }

        _release.SetResult();
        Assert.Contains("done", await first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_that_leaves_ends_a_call_but_its_error_is_not_logged()
    {
        using var server = Start(new JsonRpcOptions { BatchConcurrency = 2 }, handler => handler.Add("obey", async call =>
        {
            await Task.Delay(Timeout.Infinite, call.Aborted);
            return null;
        }));
        using var left = new CancellationTokenSource();
        var message = Encoding.UTF8.GetBytes($"[{RpcHttpServer.Call("obey", "[]")},{s_wait}]");
        var dispatch = server.Dispatcher.DispatchAsync(message, new System.Buffers.ArrayBufferWriter<byte>(), null, left.Token).AsTask();
        await Until.TrueAsync(() => Count() == 1);
        await left.CancelAsync();
        Assert.False(dispatch.IsCompleted);    // The other method still reads the message.
        _release.SetResult();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dispatch);
        Assert.Empty(server.Log.Entries);
    }

    [Theory]
    [InlineData("Methods:wait:MaxConcurrent", "x", "JsonRpc:Methods:wait:MaxConcurrent is 'x'; it must be a number of calls")]
    [InlineData("Methods:wait:Max", "1", "unknown setting JsonRpc:Methods:wait:Max. Known settings: MaxConcurrent, MaxQueued")]
    [InlineData("Methods:wait", "1", "JsonRpc:Methods:wait is '1'; it must be a section")]
    [InlineData("Methods:weit:MaxConcurrent", "1", "there is no method 'weit'. Methods: add, ")]
    [InlineData("CallTimeout", "-1", "JsonRpc:CallTimeout is '-1'; it must be a time in seconds")]
    [InlineData("BatchConcurrency", "0", "JsonRpc:BatchConcurrency is '0'; it must be a number of calls")]
    public void Settings_of_limits_are_checked(string name, string value, string expected)
    {
        var error = Assert.Throws<ServerStartException>(() => Start(new JsonRpcOptions(), settings: ($"JsonRpc:{name}", value)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_override_the_limits_of_the_options()
    {
        using var server = Start(
            Limited(concurrent: 5, queued: 0), add: null, ("JsonRpc:Methods:wait:MaxConcurrent", "1"), ("JsonRpc:CallTimeout", "2.5"));
        var first = server.CallAsync(s_wait);
        Assert.Equal(Busy, await server.CallAsync(s_wait));
        server.Time.Advance(TimeSpan.FromSeconds(2.5));
        Assert.Equal(TimedOut, await first);
        _release.SetResult();
    }

    [Fact]
    public void Options_of_limits_are_checked()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new JsonRpcOptions { CallTimeout = TimeSpan.FromSeconds(-1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new JsonRpcOptions { CallTimeout = TimeSpan.FromDays(25) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new JsonRpcOptions { BatchConcurrency = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new JsonRpcMethodLimits { MaxConcurrent = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new JsonRpcMethodLimits { MaxQueued = -1 });
    }

    private static JsonRpcOptions Limited(int concurrent, int queued) => new()
    {
        Methods = { ["wait"] = new JsonRpcMethodLimits { MaxConcurrent = concurrent, MaxQueued = queued } },
    };

    private RpcServer Start(
        JsonRpcOptions options, Action<JsonRpcHandler>? add = null, params (string Key, string Value)[] settings) =>
        new(options, handler =>
        {
            AddMethods(handler);
            add?.Invoke(handler);
        }, settings: settings);

    private void AddMethods(JsonRpcHandler handler) => handler
        .Add("wait", async call =>
        {
            lock (_waiting)
            {
                _waiting.Add(call);
            }

            await _release.Task;
            call.Result.WriteStringValue("done");
            return null;
        })
        .Add("write", call =>
        {
            call.Result.WriteStringValue(new string('x', Length(call)));
            return default;
        })
        .Add("write_and_catch", call =>
        {
            try
            {
                call.Result.WriteStringValue(new string('x', Length(call)));
                call.Result.Flush();
            }
            catch (InvalidOperationException)
            {
                // As careless methods do.
            }

            return default;
        })
        .Add("write_slowly", call =>
        {
            call.Result.WriteStartArray();
            for (var i = 0; i < Length(call); i++)
            {
                call.Result.WriteNumberValue(i);
                Assert.True(i < 1_000, "The result grows beyond its limit.");
            }

            call.Result.WriteEndArray();
            return default;
        });

    private static int Length(JsonRpcCall call) => int.Parse(Encoding.UTF8.GetString(call.Params.Span).Trim('[', ']'), null);

    private int Count()
    {
        lock (_waiting)
        {
            return _waiting.Count;
        }
    }
}
