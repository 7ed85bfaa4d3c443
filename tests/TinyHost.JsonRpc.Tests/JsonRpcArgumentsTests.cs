// Owns: tests of reading params by position and by name.

using System.Text.Json;
using TinyHost.JsonRpc.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

public sealed class JsonRpcArgumentsTests : IDisposable
{
    private static readonly JsonRpcMethodInfo s_order = new(
        "order",
        new("item", JsonRpcSchema.FromText("""{"type":"string"}""")),
        new("count", JsonRpcSchema.FromText("""{"type":"integer","format":"int32"}""")),
        new("urgent", JsonRpcSchema.FromText("""{"type":"boolean"}"""), isRequired: false),
        new("größe", JsonRpcSchema.FromType(TestJson.Default.Size), isRequired: false));

    private readonly RpcServer _server = new(add: handler => handler
        .Add(s_order, Order)
        .Add(new JsonRpcMethodInfo("none"), call => new(Read(call, new JsonRpcMethodInfo("none"), out _))));

    [Theory]
    [InlineData("""["tea",2]""", "tea 2 False 0")]
    [InlineData("""["tea",2,true]""", "tea 2 True 0")]
    [InlineData("""[ "tea" , 2 , true , {"width":3} ]""", "tea 2 True 3")]
    [InlineData("""{"item":"tea","count":2}""", "tea 2 False 0")]
    [InlineData("""{"größe":{"width":3},"count":2,"item":"tea"}""", "tea 2 False 3")]
    [InlineData("""{"gr\u00f6\u00dfe":{"width":3},"\u0063ount":2,"item":"t\u0065a"}""", "tea 2 False 3")]
    public async Task Arguments_are_read_by_position_or_by_name(string parameters, string expected) =>
        Assert.Equal($$"""{"jsonrpc":"2.0","result":"{{expected}}","id":1}""", await _server.CallAsync("order", parameters));

    [Theory]
    [InlineData("[]", "item is missing; it must be a string")]
    [InlineData("""{"item":"tea"}""", "count is missing; it must be an integer (int32)")]
    [InlineData("""{"count":2}""", "item is missing; it must be a string")]
    [InlineData("""["tea","2"]""", "count must be an integer (int32); it is \"2\"")]
    [InlineData("""["tea",2.5]""", "count must be an integer (int32); it is 2.5")]
    [InlineData("""["tea",2147483648]""", "count must be an integer (int32); it is 2147483648")]
    [InlineData("""["tea",null]""", "count must be an integer (int32); it is null")]
    [InlineData("""[["tea"],2]""", "item must be a string; it is an array")]
    [InlineData("""[null,2]""", "item must be a string; it is null")]
    [InlineData("""["\ud800",2]""", "item must be a string of valid Unicode; it has half of a surrogate pair")]
    [InlineData("""["tea",2,0]""", "urgent must be a boolean; it is 0")]
    [InlineData("""["tea",2,true,null]""", "größe must be an object; it is null")]
    [InlineData("""["tea",2,true,7]""", "größe must be an object; it is 7")]
    [InlineData("""["tea",2,true,{"width":"wide"}]""", "größe.width does not fit its schema")]
    [InlineData("""["tea",2,true,{"width":1},5,[6]]""", "there are 6 params; the method takes item, count, urgent, größe")]
    [InlineData("""{"item":"tea","count":2,"price":1}""", "there is no parameter \"price\"; the method takes item, count, urgent, größe")]
    [InlineData("""{"item":"tea","\ud800":2}""", "there is no parameter \"\\ud800\"; the method takes item, count, urgent, größe")]
    [InlineData("""{"Item":"tea","count":2}""", "there is no parameter \"Item\"; the method takes item, count, urgent, größe")]
    [InlineData("""{"item":"tea","count":2,"item":"coffee"}""", "item is given twice")]
    [InlineData("""{"item":"tea","count":2,"\u0063ount":3}""", "count is given twice")]
    public async Task Params_that_do_not_fit_are_refused_with_a_sentence(string parameters, string expected)
    {
        using var reply = JsonDocument.Parse((await _server.CallAsync("order", parameters))!);
        var error = reply.RootElement.GetProperty("error");
        Assert.Equal(-32602, error.GetProperty("code").GetInt32());
        Assert.Equal("Invalid params", error.GetProperty("message").GetString());
        Assert.Equal(expected, error.GetProperty("data").GetString());
    }

    [Theory]
    [InlineData("[1]", "there are 1 params; the method takes none")]
    [InlineData("""{"a":1}""", "there is no parameter \"a\"; the method takes none")]
    public async Task A_method_without_parameters_refuses_params(string parameters, string expected)
    {
        using var reply = JsonDocument.Parse((await _server.CallAsync("none", parameters))!);
        Assert.Equal(expected, reply.RootElement.GetProperty("error").GetProperty("data").GetString());
        Assert.Contains("\"result\":null", await _server.CallAsync("none", "[]"), StringComparison.Ordinal);
        Assert.Contains("\"result\":null", await _server.CallAsync("none", "{}"), StringComparison.Ordinal);
        Assert.Contains(
            "\"result\":null", await _server.CallAsync("""{"jsonrpc":"2.0","method":"none","id":1}"""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127,255,-32768,65535,-2147483648,4294967295,0,0,1.5,1e300,79228162514264337593543950335")]
    [InlineData("0,0,0,0,0,0,-9223372036854775808,18446744073709551615,0,0,0")]
    [InlineData("128,255,-32768,65535,-2147483648,4294967295,-9223372036854775808,18446744073709551615,1.5,1e300,1", 0)]
    [InlineData("0,256,0,0,0,0,0,0,0,0,0", 1)]
    [InlineData("0,0,32768,0,0,0,0,0,0,0,0", 2)]
    [InlineData("0,0,0,-1,0,0,0,0,0,0,0", 3)]
    [InlineData("0,0,0,0,1.0,0,0,0,0,0,0", 4)]
    [InlineData("0,0,0,0,0,1e1,0,0,0,0,0", 5)]
    [InlineData("0,0,0,0,0,0,9223372036854775808,0,0,0,0", 6)]
    [InlineData("0,0,0,0,0,0,0,18446744073709551616,0,0,0", 7)]
    [InlineData("0,0,0,0,0,0,0,0,1e39,0,0", 8)]
    [InlineData("0,0,0,0,0,0,0,0,0,1e309,0", 9)]
    [InlineData("0,0,0,0,0,0,0,0,0,0,1e29", 10)]
    [InlineData("0,0,0,0,0,0,0,0,0,0,\"1\"", 10)]
    public async Task Numbers_must_fit_their_type(string numbers, int? refused = null)
    {
        var info = new JsonRpcMethodInfo(
            "numbers", [.. Enumerable.Range(0, 11).Select(i => new JsonRpcParameterInfo($"n{i}", JsonRpcSchema.FromText("{}")))]);
        using var server = new RpcServer(add: handler => handler.Add(info, call => new(ReadNumbers(call, info))));
        var reply = await server.CallAsync("numbers", $"[{numbers}]");
        Assert.Contains(refused is null ? "\"result\":null" : $"\"data\":\"n{refused} must be a", reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\",\"2026-11-27T10:00:00Z\",\"2026-11-27T10:00:00+01:00\"", null)]
    [InlineData("\"f81d4fae\",\"2026-11-27\",\"2026-11-27\"", "id must be a string (uuid); it is \"f81d4fae\"")]
    [InlineData("7,\"2026-11-27\",\"2026-11-27\"", "id must be a string (uuid); it is 7")]
    [InlineData("\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\",\"noon\",\"\"", "from must be a string (date-time); it is \"noon\"")]
    [InlineData("\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\",\"2026-11-27\",{}", "to must be a string (date-time); it is an object")]
    public async Task Ids_and_times_are_strings_of_their_form(string parameters, string? refusal)
    {
        var text = JsonRpcSchema.FromText("true");
        var info = new JsonRpcMethodInfo("period", new("id", text), new("from", text), new("to", text));
        using var server = new RpcServer(add: handler => handler.Add(info, call =>
        {
            var arguments = new JsonRpcArguments(call, info);
            while (arguments.Next(out var index))
            {
                _ = index switch
                {
                    0 => arguments.Read<Guid, SystemValue<Guid>>().ToString(),
                    1 => $"{arguments.Read<DateTime, SystemValue<DateTime>>()}",
                    _ => $"{arguments.Read<DateTimeOffset, SystemValue<DateTimeOffset>>()}",
                };
            }

            return new(arguments.Error);
        }));
        using var reply = JsonDocument.Parse((await server.CallAsync("period", $"[{parameters}]"))!);
        Assert.Equal(
            refusal, reply.RootElement.TryGetProperty("error", out var error) ? error.GetProperty("data").GetString() : null);
    }

    [Fact]
    public async Task An_argument_that_is_not_read_is_skipped()
    {
        var any = JsonRpcSchema.FromText("{}");
        var info = new JsonRpcMethodInfo("last", new("a", any), new("b", any), new("c", any));
        using var server = new RpcServer(add: handler => handler.Add(info, call =>
        {
            var last = 0;
            var arguments = new JsonRpcArguments(call, info);
            while (arguments.Next(out var index))
            {
                last = index == 2 ? arguments.Read<int?, NullableValue<int, IntegerValue<int>>>() ?? last : last;
            }

            call.Result.WriteNumberValue(last);
            return new(arguments.Error);
        }));
        Assert.Contains("\"result\":7", await server.CallAsync("last", "[[1,[2]],{\"x\":{}},7]"), StringComparison.Ordinal);
        Assert.Contains("\"result\":7", await server.CallAsync("last", "{\"c\":7,\"b\":[],\"a\":{\"c\":8}}"), StringComparison.Ordinal);
        Assert.Contains("\"result\":0", await server.CallAsync("last", "[1,2,null]"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_declaration_must_be_sound()
    {
        var any = JsonRpcSchema.FromText("{}");
        Assert.Contains("'a'", Assert.Throws<ArgumentException>(() => new JsonRpcMethodInfo("m", new("a", any), new("a", any))).Message);
        Assert.Contains(
            "'b'", Assert.Throws<ArgumentException>(() => new JsonRpcMethodInfo("m", new("a", any, false), new("b", any))).Message);
        var many = Enumerable.Range(0, 65).Select(i => new JsonRpcParameterInfo($"p{i}", any)).ToArray();
        Assert.Contains("65", Assert.Throws<ArgumentException>(() => new JsonRpcMethodInfo("m", many)).Message);
        Assert.Equal(64, new JsonRpcMethodInfo("m", many[..64]).Parameters.Count);
        Assert.Throws<ArgumentException>(() => new JsonRpcParameterInfo("", any));
        Assert.All(
            ["", "[]", "1", "{", "null"],
            text => Assert.Contains("JSON Schema", Assert.Throws<ArgumentException>(() => JsonRpcSchema.FromText(text)).Message));
    }

    public void Dispose() => _server.Dispose();

    private static ValueTask<JsonRpcError?> Order(JsonRpcCall call)
    {
        var error = Read(call, s_order, out var order);
        if (error is null)
        {
            call.Result.WriteStringValue(order);
        }

        return new(error);
    }

    private static JsonRpcError? Read(JsonRpcCall call, JsonRpcMethodInfo info, out string order)
    {
        var (item, count, urgent, size) = ("", 0, false, new Size(0));
        var arguments = new JsonRpcArguments(call, info);
        while (arguments.Next(out var index))
        {
            switch (index)
            {
                case 0:
                    item = arguments.Read<string, StringValue>();
                    break;
                case 1:
                    count = arguments.Read<int, IntegerValue<int>>();
                    break;
                case 2:
                    urgent = arguments.Read<bool, BooleanValue>();
                    break;
                case 3:
                    size = arguments.Read<Size, ContextValue<Size, TestContextOfJson>>();
                    break;
            }
        }

        order = $"{item} {count} {urgent} {size?.Width}";
        return arguments.Error;
    }

    private static JsonRpcError? ReadNumbers(JsonRpcCall call, JsonRpcMethodInfo info)
    {
        var arguments = new JsonRpcArguments(call, info);
        while (arguments.Next(out var index))
        {
            _ = index switch
            {
                0 => arguments.Read<sbyte, IntegerValue<sbyte>>(),
                1 => arguments.Read<byte, IntegerValue<byte>>(),
                2 => arguments.Read<short, IntegerValue<short>>(),
                3 => arguments.Read<ushort, IntegerValue<ushort>>(),
                4 => arguments.Read<int, IntegerValue<int>>(),
                5 => arguments.Read<uint, IntegerValue<uint>>(),
                6 => arguments.Read<long, IntegerValue<long>>(),
                7 => arguments.Read<ulong, IntegerValue<ulong>>(),
                8 => arguments.Read<float, FloatValue<float>>(),
                9 => arguments.Read<double, FloatValue<double>>(),
                _ => (double)arguments.Read<decimal, DecimalValue>(),
            };
        }

        return arguments.Error;
    }
}
