// Owns: the methods of the JSON-RPC example, and the messages of the specification's own examples.

using System.Net;
using System.Text;
using System.Text.Json;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.JsonRpc;

public sealed class RpcExampleTests(RpcExampleTests.Fixture fixture) : IClassFixture<RpcExampleTests.Fixture>
{
    private const string ParseError = """{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}""";
    private const string InvalidRequest = """{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}""";

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"subtract","params":[42,23],"id":1}""", "19", "1")]
    [InlineData("""{"jsonrpc":"2.0","method":"subtract","params":{"subtrahend":23,"minuend":42},"id":3}""", "19", "3")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[2,3],"id":"a"}""", "5", "\"a\"")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":{"b":3,"a":2},"id":null}""", "5", "null")]
    [InlineData("""{"jsonrpc":"2.0","method":"sum","params":[],"id":1}""", "0", "1")]
    [InlineData("""{"jsonrpc":"2.0","method":"sum","params":[1,2,4],"id":1}""", "7", "1")]
    [InlineData("""{"jsonrpc":"2.0","method":"sum","params":{"values":[1,2.5]},"id":1}""", "3.5", "1")]
    [InlineData("""{"jsonrpc":"2.0","method":"echo","params":[ "ü", {"a" : "\ud800"} ],"id":1}""", """[ "ü", {"a" : "\ud800"} ]""", "1")]
    [InlineData("""{"jsonrpc":"2.0","method":"echo","params":{"a":[]},"id":1}""", """{"a":[]}""", "1")]
    [InlineData("""{"jsonrpc":"2.0","method":"echo","id":1}""", "null", "1")]
    [InlineData(
        """{"id":12345678901234567890.5e7,"extra":{"id":1},"method":"add","params":[1,1],"jsonrpc":"2.0"}""",
        "2",
        "12345678901234567890.5e7")]
    [InlineData("""{"jsonrpc":"2.0","\u006dethod":"\u0061dd","params":[1,1],"id":"\"\\"}""", "2", "\"\\\"\\\\\"")]
    [InlineData("""{"jsonrpc":"2.0","\ud800":"\udfff","method":"add","params":[1,1],"id":"\ud800"}""", "2", "\"\\ud800\"")]
    [InlineData(" \r\n\t{ \"jsonrpc\" : \"2.0\" , \"method\" : \"add\" , \"params\" : [ 1 , 1 ] , \"id\" : 1 } \n", "2", "1")]
    public async Task A_call_is_answered_with_its_result_and_its_id_as_sent(string message, string result, string id) =>
        Assert.Equal($$"""{"jsonrpc":"2.0","result":{{result}},"id":{{id}}}""", await CallAsync(message));

    [Theory]
    [InlineData("[1,2]", "3")]
    [InlineData("[-5,5]", "0")]
    [InlineData("[9007199254740993,1]", "9007199254740994")]
    [InlineData("[9223372036854775807,-1]", "9223372036854775806")]
    [InlineData("[9223372036854775807,1]", "9.223372036854776E+18")]
    [InlineData("[-9223372036854775808,-1]", "-9.223372036854776E+18")]
    [InlineData("[1.0,2]", "3")]
    [InlineData("[0.5,0.25]", "0.75")]
    [InlineData("[1e3,1]", "1001")]
    [InlineData("[18446744073709551616,0]", "1.8446744073709552E+19")]
    public async Task Integers_are_added_exactly_and_other_numbers_as_doubles(string parameters, string result) =>
        Assert.Equal($$"""{"jsonrpc":"2.0","result":{{result}},"id":1}""", await CallMethodAsync("add", parameters));

    [Theory]
    [InlineData("[-9223372036854775808,1]", "-9.223372036854776E+18")]
    [InlineData("[-1,9223372036854775807]", "-9223372036854775808")]
    [InlineData("[0,-9223372036854775808]", "9.223372036854776E+18")]
    public async Task Subtract_returns_a_double_only_when_the_difference_does_not_fit_an_integer(string parameters, string result) =>
        Assert.Equal($$"""{"jsonrpc":"2.0","result":{{result}},"id":1}""", await CallMethodAsync("subtract", parameters));

    [Theory]
    [InlineData("add", "[]")]
    [InlineData("add", "[1]")]
    [InlineData("add", "[1,2,3]")]
    [InlineData("add", "[1,\"2\"]")]
    [InlineData("add", "[1,null]")]
    [InlineData("add", "[[1],2]")]
    [InlineData("add", "[1e999,1]")]
    [InlineData("add", "[1e308,1e308]")]
    [InlineData("add", "{}")]
    [InlineData("add", """{"a":1}""")]
    [InlineData("add", """{"a":1,"a":2}""")]
    [InlineData("add", """{"a":1,"b":2,"c":3}""")]
    [InlineData("add", """{"a":1,"b":"2"}""")]
    [InlineData("add", """{"a":1,"\ud800":2}""")]
    [InlineData("subtract", """{"a":1,"b":2}""")]
    [InlineData("sum", "{}")]
    [InlineData("sum", "[1,true]")]
    [InlineData("sum", """{"values":1}""")]
    [InlineData("sum", """{"values":[1],"more":[2]}""")]
    [InlineData("sum", """{"other":[1]}""")]
    [InlineData("status", "[1]")]
    [InlineData("status", """{"verbose":true}""")]
    public async Task Invalid_params_are_rejected_with_an_explanation(string method, string parameters)
    {
        const string Start = """{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params","data":""" + "\"";
        var reply = await CallMethodAsync(method, parameters);
        Assert.StartsWith(Start, reply, StringComparison.Ordinal);
        Assert.EndsWith("""},"id":1}""", reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("add")]
    [InlineData("subtract")]
    [InlineData("sum")]
    public async Task A_method_that_needs_params_rejects_a_call_without_params(string method)
    {
        var reply = await CallAsync($$"""{"jsonrpc":"2.0","method":"{{method}}","id":1}""");
        Assert.Contains("-32602", reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("foobar")]
    [InlineData("Add")]
    [InlineData("")]
    [InlineData("rpc.nothing")]
    [InlineData("\\ud800")]
    [InlineData("\\uDFFFadd")]
    public async Task An_unknown_method_is_not_found(string method) =>
        Assert.Equal(
            """{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":"1"}""",
            await CallAsync($$"""{"jsonrpc":"2.0","method":"{{method}}","id":"1"}"""));

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
    [InlineData("""[{"jsonrpc":"2.0","method":"sum","params":[1,2,4],"id":"1"},{"jsonrpc":"2.0","method"  """)]
    [InlineData("""[{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}] x""")]
    [InlineData("[")]
    [InlineData("1 2")]
    public async Task A_message_that_is_not_JSON_is_a_parse_error(string message) =>
        Assert.Equal(ParseError, await CallAsync(message));

    [Theory]
    [InlineData("{")]
    [InlineData("[")]
    public async Task A_message_that_is_not_UTF8_is_a_parse_error(string opening) =>
        Assert.Equal(ParseError, await CallAsync(Encoding.Latin1.GetBytes(opening + "\"é\"")));

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
        Assert.Equal(InvalidRequest, await CallAsync(message));

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"add","method":"sum","params":[1,2],"id":7}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":1,"id":7}""")]
    [InlineData("""{"id":7}""")]
    public async Task The_answer_to_an_invalid_request_has_its_id(string message) =>
        Assert.Equal("""{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":7}""", await CallAsync(message));

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":[1,2]}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"add","params":["no"]}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"foobar"}""")]
    [InlineData("""[{"jsonrpc":"2.0","method":"add","params":[1,2]},{"jsonrpc":"2.0","method":"foobar"}]""")]
    public async Task A_notification_has_no_reply_even_if_it_fails(string message) => Assert.Null(await CallAsync(message));

    [Fact]
    public async Task A_batch_is_answered_in_order_without_its_notifications()
    {
        var reply = await CallAsync("""
            [
                {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
                {"jsonrpc": "2.0", "method": "sum", "params": [7]},
                {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
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
        Assert.Equal("[" + string.Join(',', Enumerable.Repeat(InvalidRequest, count)) + "]", await CallAsync(message));

    [Theory]
    [InlineData("[", "]")]
    [InlineData("""{"a":""", "}")]
    public async Task Deep_nesting_is_a_parse_error(string opening, string closing)
    {
        var nested = string.Concat(Enumerable.Repeat(opening, 100_000)) + "1" + string.Concat(Enumerable.Repeat(closing, 100_000));
        Assert.Equal(ParseError, await CallMethodAsync("echo", nested));
        Assert.Equal(ParseError, await CallAsync(nested));
    }

    [Fact]
    public async Task Status_reports_ok_the_uptime_and_the_methods() =>
        Assert.Matches(
            """^\{"jsonrpc":"2.0","result":\{"status":"ok","uptime":[0-9.]+,"methods":"""
            + """\["add","subtract","sum","echo","status"\]\},"id":1\}$""",
            await CallMethodAsync("status", "[ ]"));

    [Fact]
    public async Task The_methods_are_described()
    {
        using var reply = JsonDocument.Parse((await CallMethodAsync("rpc.discover", "[]"))!);
        var methods = reply.RootElement.GetProperty("result").GetProperty("methods").EnumerateArray().ToDictionary(
            method => method.GetProperty("name").GetString()!);
        Assert.Equal(["add", "subtract", "sum", "echo", "status"], methods.Keys);
        Assert.Equal(
            ["minuend: number", "subtrahend: number"],
            methods["subtract"].GetProperty("params").EnumerateArray()
                .Select(one => $"{one.GetProperty("name")}: {one.GetProperty("schema").GetProperty("type")}"));
    }

    [Theory]
    [InlineData("add", "[1,\"2\"]", "b must be a number; it is \"2\"")]
    [InlineData("sum", "[1,true]", "values[1] must be a number; it is true")]
    [InlineData("add", "[1]", "b is missing; it must be a number")]
    [InlineData("add", "[1e308,1e308]", "the result is too large for a number of JSON")]
    public async Task An_error_says_which_param_is_wrong(string method, string parameters, string expected)
    {
        using var reply = JsonDocument.Parse((await CallMethodAsync(method, parameters))!);
        Assert.Equal(expected, reply.RootElement.GetProperty("error").GetProperty("data").GetString());
    }

    private Task<string?> CallMethodAsync(string method, string parameters) =>
        CallAsync($$"""{"jsonrpc":"2.0","method":"{{method}}","params":{{parameters}},"id":1}""");

    private Task<string?> CallAsync(string message) => CallAsync(Encoding.UTF8.GetBytes(message));

    // The reply; null if there is none.
    private async Task<string?> CallAsync(byte[] message)
    {
        using var content = new ByteArrayContent(message);
        using var response = await fixture.Daemon.App.PostAsync("/rpc", content, TestContext.Current.CancellationToken);
        return response.StatusCode == HttpStatusCode.NoContent
            ? null
            : await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal Daemon Daemon { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Daemon = await Daemon.StartAsync(Daemon.JsonRpc);

        public ValueTask DisposeAsync() => Daemon.DisposeAsync();
    }
}
