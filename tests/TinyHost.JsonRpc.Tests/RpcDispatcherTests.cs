// Owns: tests of JSON-RPC 2.0 messages. Section numbers in this file are those of the JSON-RPC specification.

using System.Text;
using TinyHost.JsonRpc.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

public sealed class RpcDispatcherTests : IDisposable
{
    private const string ParseError = """{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}""";
    private const string InvalidRequest = """{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}""";

    private readonly RpcServer _server = new();

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[42,-23],"id":1}""", "19", "1")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":{"b":-23,"a":42},"id":3}""", "19", "3")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[2,3],"id":"a"}""", "5", "\"a\"")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":{"b":3,"a":2},"id":null}""", "5", "null")]
    [InlineData("""{"jsonrpc":"2.0","method":"echo","params":[ "ü", {"a" : "\ud800"} ],"id":1}""", """[ "ü", {"a" : "\ud800"} ]""", "1")]
    [InlineData("""{"jsonrpc":"2.0","method":"echo","params":{"a":[]},"id":1}""", """{"a":[]}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","method":"echo","id":1}""", "null", "1")]
    [InlineData("""{"jsonrpc":"2.0","method":"nothing","id":1}""", "null", "1")]
    [InlineData(
        """{"id":12345678901234567890.5e7,"extra":{"id":1},"method":"add","params":[1,1],"jsonrpc":"2.0"}""",
        "2",
        "12345678901234567890.5e7")]
    [InlineData("""{"jsonrpc":"2.0","\u006dethod":"\u0061dd","params":[1,1],"id":"\"\\"}""", "2", "\"\\\"\\\\\"")]
    [InlineData("""{"jsonrpc":"2.0","\ud800":"\udfff","method":"add","params":[1,1],"id":"\ud800"}""", "2", "\"\\ud800\"")]
    [InlineData("\ufeff{\"jsonrpc\":\"2.0\",\"method\":\"add\",\"params\":[1,1],\"id\":1}", "2", "1")]
    [InlineData(" \r\n\t{ \"jsonrpc\" : \"2.0\" , \"method\" : \"add\" , \"params\" : [ 1 , 1 ] , \"id\" : 1 } \n", "2", "1")]
    public async Task A_call_is_answered_with_its_result_and_its_id_as_sent(string message, string result, string id) =>
        Assert.Equal($$"""{"jsonrpc":"2.0","result":{{result}},"id":{{id}}}""", await _server.CallAsync(message));

    [Theory]
    [InlineData("foobar")]
    [InlineData("Add")]
    [InlineData("")]
    [InlineData("rpc.other")]
    [InlineData("\\ud800")]
    [InlineData("\\uDFFFadd")]
    public async Task An_unknown_method_is_not_found(string method) =>
        Assert.Equal(
            """{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":"1"}""",
            await _server.CallAsync($$"""{"jsonrpc":"2.0","method":"{{method}}","id":"1"}"""));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("""{"jsonrpc":"2.0","method":"foobar, "params":"bar", "baz]""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1} x""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}{}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1,}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[01,2],"id":1}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[NaN,2],"id":1}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1""")]
    [InlineData("""/* a comment */ {"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}""")]
    [InlineData("""[{"jsonrpc":"2.0","method":"echo","params":[1,2,4],"id":"1"},{"jsonrpc":"2.0","method"  """)]
    [InlineData("""[{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}] x""")]
    [InlineData("[")]
    [InlineData("1 2")]
    public async Task A_message_that_is_not_JSON_is_a_parse_error(string message) =>
        Assert.Equal(ParseError, await _server.CallAsync(message));

    [Theory]
    [InlineData("{")]
    [InlineData("[")]
    public async Task A_message_that_is_not_UTF8_is_a_parse_error(string opening) =>
        Assert.Equal(ParseError, await _server.CallAsync(Encoding.Latin1.GetBytes(opening + "\"é\"")));

    [Theory]
    [InlineData("1")]
    [InlineData("\"add\"")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"jsonrpc":"2.0","method":1,"params":"bar"}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":"bar"}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":null}""")]
    [InlineData("""{"method":"add","params":[1,2]}""")]
    [InlineData("""{"jsonrpc":"1.0","method":"add","params":[1,2]}""")]
    [InlineData("""{"jsonrpc":2.0,"method":"add","params":[1,2]}""")]
    [InlineData("""{"jsonrpc":"2.0","params":[1,2]}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[1,2],"id":true}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[1,2],"id":[1]}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[1,2],"id":{}}""")]
    public async Task JSON_that_is_not_a_request_is_always_answered_as_invalid(string message) =>
        Assert.Equal(InvalidRequest, await _server.CallAsync(message));

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"add","method":"echo","params":[1,2],"id":7}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":1,"id":7}""")]
    [InlineData("""{"id":7}""")]
    public async Task The_answer_to_an_invalid_request_has_its_id(string message) =>
        Assert.Equal("""{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":7}""", await _server.CallAsync(message));

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[1,2]}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":["no"]}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"foobar"}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"throw"}""")]
    [InlineData("""[{"jsonrpc":"2.0","method":"add","params":[1,2]},{"jsonrpc":"2.0","method":"foobar"}]""")]
    public async Task A_notification_has_no_reply_even_if_it_fails(string message) => Assert.Null(await _server.CallAsync(message));

    [Fact]
    public async Task A_batch_is_answered_in_order_without_its_notifications()
    {
        var reply = await _server.CallAsync("""
            [
                {"jsonrpc": "2.0", "method": "add", "params": [3,4], "id": "1"},
                {"jsonrpc": "2.0", "method": "add", "params": [7]},
                {"jsonrpc": "2.0", "method": "add", "params": [42,-23], "id": "2"},
                {"foo": "boo"},
                {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
                {"jsonrpc": "2.0", "method": "echo", "params": ["hello", 5], "id": "9"}
            ]
            """);
        Assert.Equal(
            """[{"jsonrpc":"2.0","result":7,"id":"1"},"""
            + """{"jsonrpc":"2.0","result":19,"id":"2"},"""
            + InvalidRequest
            + ""","""
            + """{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":"5"},"""
            + """{"jsonrpc":"2.0","result":["hello", 5],"id":"9"}]""",
            reply);
    }

    [Theory]
    [InlineData("[1]", 1)]
    [InlineData("[1,2,3]", 3)]
    [InlineData("[[]]", 1)]
    [InlineData("[[],null]", 2)]
    public async Task Each_invalid_element_of_a_batch_is_answered_on_its_own(string message, int count) =>
        Assert.Equal("[" + string.Join(',', Enumerable.Repeat(InvalidRequest, count)) + "]", await _server.CallAsync(message));

    [Fact]
    public async Task A_batch_over_the_limit_is_rejected_as_a_whole()
    {
        using var server = new RpcServer(new JsonRpcOptions { MaxBatchSize = 2 });
        const string Call = """{"jsonrpc":"2.0","method":"add","params":[1,1],"id":1}""";
        const string Reply = """{"jsonrpc":"2.0","result":2,"id":1}""";
        Assert.Equal($"[{Reply},{Reply}]", await server.CallAsync($"[{Call},{Call}]"));
        Assert.Equal(
            """{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request","data":"a batch may hold 2 calls at most"},"id":null}""",
            await server.CallAsync($"[{Call},{Call},{Call}]"));
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("""{"a":""", "}")]
    public async Task Deep_nesting_is_a_parse_error(string opening, string closing)
    {
        var nested = string.Concat(Enumerable.Repeat(opening, 100_000)) + "1" + string.Concat(Enumerable.Repeat(closing, 100_000));
        Assert.Equal(ParseError, await _server.CallAsync("echo", nested));
        Assert.Equal(ParseError, await _server.CallAsync(nested));
    }

    [Theory]
    [InlineData("throw")]
    [InlineData("throw_late")]
    [InlineData("unfinished")]
    public async Task A_failing_method_is_an_internal_error_without_details(string method)
    {
        const string InternalError = """{"jsonrpc":"2.0","error":{"code":-32603,"message":"Internal error"},"id":1}""";
        Assert.Equal(InternalError, await _server.CallAsync(method, "[]"));
        Assert.Equal("""{"jsonrpc":"2.0","result":3,"id":1}""", await _server.CallAsync("add", "[1,2]"));
    }

    [Theory]
    [InlineData("rpc.x")]
    [InlineData("a b")]
    [InlineData("add")]
    [InlineData("")]
    public void A_reserved_malformed_or_duplicate_method_name_is_rejected(string name)
    {
        var error = Assert.Throws<ArgumentException>(() => new JsonRpcHandler().Add("add", _ => default).Add(name, _ => default));
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _server.Dispose();
}
