// Owns: tests of the errors that methods return and throw.

using System.Text.Json;
using System.Text.Json.Nodes;
using TinyHost.JsonRpc.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

public sealed class JsonRpcErrorTests
{
    [Fact]
    public async Task An_exception_of_JSON_RPC_becomes_its_error()
    {
        using var parsed = JsonDocument.Parse("""[1.0, "a"]""");
        using var server = new RpcServer(add: handler => handler
            .Add("plain", _ => throw new JsonRpcException(1, "No \"stock\""))
            .Add("text", _ => throw new JsonRpcException(2, "No stock", "tea is sold out"))
            .Add("node", _ => throw new JsonRpcException(3, "No stock", new JsonObject { ["left"] = 0 }))
            .Add("element", _ => throw new JsonRpcException(4, "No stock", parsed.RootElement))
            .Add("value", _ => throw new JsonRpcException(5, "No stock", new Shelf("A1", 0), TestJson.Default.Shelf))
            .Add("null", _ => throw new JsonRpcException(6, "No stock", null, TestJson.Default.Shelf))
            .Add("late", async call =>
            {
                call.Result.WriteStartArray();
                await Task.Yield();
                throw new JsonRpcException(JsonRpcError.InvalidParams("too late"), new IOException());
            }));
        await AssertErrorAsync("plain", """{"code":1,"message":"No \u0022stock\u0022"}""");
        await AssertErrorAsync("text", """{"code":2,"message":"No stock","data":"tea is sold out"}""");
        await AssertErrorAsync("node", """{"code":3,"message":"No stock","data":{"left":0}}""");
        await AssertErrorAsync("element", """{"code":4,"message":"No stock","data":[1.0,"a"]}""");
        await AssertErrorAsync("value", """{"code":5,"message":"No stock","data":{"place":"A1","left":0}}""");
        await AssertErrorAsync("null", """{"code":6,"message":"No stock","data":null}""");
        await AssertErrorAsync("late", """{"code":-32602,"message":"Invalid params","data":"too late"}""");
        Assert.Empty(server.Log.Entries);
        Assert.Equal("1", server.Meters.Tags("rpc.server.call.duration")[0]["error.type"]);

        async Task AssertErrorAsync(string method, string error) =>
            Assert.Equal($$"""{"jsonrpc":"2.0","error":{{error}},"id":1}""", await server.CallAsync(method, "[]"));
    }

    [Theory]
    [InlineData("\"a\"", "id \"a\"")]
    [InlineData("7.50", "id 7.50")]
    [InlineData("null", "id null")]
    [InlineData(null, "no id")]
    public async Task Any_other_exception_is_logged_with_the_id_and_hidden_from_the_caller(string? id, string shown)
    {
        using var server = new RpcServer();
        var reply = await server.CallAsync(
            $$"""{"jsonrpc":"2.0","method":"throw"{{(id is null ? "" : ",\"id\":" + id)}}}""");
        Assert.Equal(
            id is null ? null : $$"""{"jsonrpc":"2.0","error":{"code":-32603,"message":"Internal error"},"id":{{id}}}""", reply);
        var (_, message, exception) = Assert.Single(server.Log.Entries);
        Assert.Equal($"The method throw failed in the call with {shown}.", message);
        Assert.Equal("secret", Assert.IsType<InvalidOperationException>(exception).Message);
        Assert.Equal(
            "System.InvalidOperationException", Assert.Single(server.Meters.Tags("rpc.server.call.duration"))["error.type"]);
    }

    [Fact]
    public async Task A_long_id_is_shortened_in_the_log()
    {
        using var server = new RpcServer();
        await server.CallAsync($$"""{"jsonrpc":"2.0","method":"throw","id":"{{new string('x', 1_000)}}"}""");
        Assert.Equal($"The method throw failed in the call with id \"{new string('x', 99)}….", Assert.Single(server.Log.Entries).Message);
    }

    [Fact]
    public void An_error_needs_a_message()
    {
        Assert.Throws<ArgumentNullException>(() => new JsonRpcError(1, null!));
        Assert.Throws<ArgumentNullException>(() => new JsonRpcException(null!));
        var error = new JsonRpcError(7, "No");
        Assert.Equal((7, "No"), (error.Code, error.Message));
        Assert.Same(error, new JsonRpcException(error).Error);
    }
}
