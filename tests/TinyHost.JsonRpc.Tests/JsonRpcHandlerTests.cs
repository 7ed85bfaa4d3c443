// Owns: tests of the handler over HTTP, and of its settings.

using System.Net;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TinyHost.JsonRpc.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

public sealed class JsonRpcHandlerTests
{
    [Fact]
    public async Task A_reply_is_JSON_with_status_200_even_if_it_is_an_error()
    {
        await using var server = await RpcHttpServer.StartAsync();
        foreach (var message in new[] { RpcHttpServer.Call("add", "[1,2]"), "not JSON", $"\uFEFF[{RpcHttpServer.Call("no", "[]")}]" })
        {
            using var response = await server.PostAsync(message);
            Assert.Equal((HttpStatusCode.OK, "application/json"), (response.StatusCode, $"{response.Content.Headers.ContentType}"));
            Assert.Contains("\"jsonrpc\":\"2.0\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null, HttpStatusCode.NoContent)]
    [InlineData("202", HttpStatusCode.Accepted)]
    public async Task A_notification_is_answered_with_the_configured_status(string? setting, HttpStatusCode expected)
    {
        await using var server = setting is null
            ? await RpcHttpServer.StartAsync()
            : await RpcHttpServer.StartAsync(settings: ("JsonRpc:NoContentStatus", setting));
        using var response = await server.PostAsync("""{"jsonrpc":"2.0","method":"add","params":[1,2]}""");
        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
        Assert.Null(response.Content.Headers.ContentType);
    }

    [Fact]
    public async Task A_message_over_the_limit_is_413()
    {
        await using var server = await RpcHttpServer.StartAsync(new JsonRpcOptions { MaxMessageSize = 100 });
        using var response = await server.PostAsync(new string(' ', 101));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Theory]
    [InlineData("NoContentStatus", "200", "JsonRpc:NoContentStatus is '200'; it must be 202 or 204")]
    [InlineData("MaxMessageSize", "0", "JsonRpc:MaxMessageSize is '0'; it must be a number of bytes")]
    [InlineData("MaxBatchSize", "-1", "JsonRpc:MaxBatchSize is '-1'; it must be a number of calls")]
    [InlineData("MaxReplySize", "much", "JsonRpc:MaxReplySize is 'much'; it must be a number of bytes")]
    [InlineData("MaxBatch", "1", "unknown setting JsonRpc:MaxBatch")]
    public async Task An_invalid_setting_ends_the_start(string name, string value, string expected)
    {
        var error = await Assert.ThrowsAsync<ServerStartException>(() => RpcHttpServer.StartAsync(settings: ($"JsonRpc:{name}", value)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_invalid_option_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new JsonRpcOptions { NoContentStatus = 200 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new JsonRpcOptions { MaxMessageSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new JsonRpcOptions { MaxBatchSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new JsonRpcOptions { MaxReplySize = 0 });
    }

    [Fact]
    public void A_typed_method_without_the_generator_says_what_is_missing()
    {
        var handler = new JsonRpcHandler();

        // The generator replaces calls, but not these conversions.
        Func<string, Delegate, JsonRpcHandler> add = handler.Add;
        Func<string, JsonRpcHandler> addType = handler.AddMethods<StringBuilder>;
        Func<StringBuilder, string, JsonRpcHandler> addTarget = handler.AddMethods;
        Assert.All(
            new Func<JsonRpcHandler>[]
            {
                () => add("add", (long a, long b) => a + b), () => addType(""), () => addTarget(new StringBuilder(), ""),
            },
            call => Assert.Contains("source generator", Assert.Throws<InvalidOperationException>(call).Message, StringComparison.Ordinal));
        Assert.Empty(handler.MethodNames);
    }

    [Fact]
    public async Task A_method_cannot_be_added_once_a_server_has_started()
    {
        var handler = new JsonRpcHandler().Add("early", _ => default);
        await using var server = await RpcHttpServer.StartAsync(handler);
        var error = Assert.Throws<InvalidOperationException>(() => handler.Add("late", _ => default));
        Assert.Contains("late", error.Message, StringComparison.Ordinal);
        Assert.Equal(["early"], handler.MethodNames);
    }

    [Fact]
    public async Task A_handler_serves_again_after_a_restart_and_a_call_has_the_services_of_its_request()
    {
        var handler = new JsonRpcHandler().Add("who", call =>
        {
            call.Result.WriteStringValue(call.Method + call.Context.Services.GetRequiredService<StringBuilder>());
            return default;
        });
        for (var run = 0; run < 2; run++)
        {
            await using var server = await RpcHttpServer.StartAsync(handler);
            Assert.Contains("\"result\":\"who!\"", await server.CallAsync("who", "[]"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_call_without_HTTP_has_no_context()
    {
        using var server = new RpcServer(
            add: handler => handler.Add("who", call => new(new JsonRpcError(call.Context.Connection.LocalPort, ""))));
        Assert.Contains("-32603", await server.CallAsync("who", "[]"), StringComparison.Ordinal);
        Assert.Contains("not brought by an HTTP request", Assert.Single(server.Log.Entries).Exception!.Message, StringComparison.Ordinal);
    }
}
