// Owns: the tests of the schemas of typed parameters and results.

using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using TinyHost.JsonRpc.Tests.Support;

namespace TinyHost.JsonRpc.Tests.Typed;

public sealed class ValueSchemaTests
{
    [Fact]
    public void Simple_types_have_their_JSON_types_and_formats()
    {
        Assert.Equal("""{"type":"integer","format":"int64"}""", Schema<long, IntegerValue<long>>());
        Assert.Equal("""{"type":"integer","format":"uint8"}""", Schema<byte, IntegerValue<byte>>());
        Assert.Equal("""{"type":"number","format":"float"}""", Schema<float, FloatValue<float>>());
        Assert.Equal("""{"type":"number"}""", Schema<decimal, DecimalValue>());
        Assert.Equal("""{"type":"boolean"}""", Schema<bool, BooleanValue>());
        Assert.Equal("""{"type":"string","format":"uuid"}""", Schema<Guid, SystemValue<Guid>>());
        Assert.Equal("""{"type":"string","contentEncoding":"base64"}""", Schema<byte[], SystemValue<byte[]>>());
        Assert.Equal("{}", Schema<System.Text.Json.JsonElement, ElementValue>());
    }

    [Fact]
    public void Enums_list_their_names()
    {
        Assert.Equal("""{"type":"string","enum":["Red","Green","Most"]}""", Schema<Colour, EnumValue<Colour>>());
        Assert.Equal(
            """{"anyOf":[{"type":"string","enum":["None","Read","Write"]},{"type":"integer"}]}""", Schema<Access, EnumValue<Access>>());
        Assert.Equal("""{"enum":["Small","Large"]}""", Schema<ParcelSize, ContextValue<ParcelSize, Shop>>());
    }

    [Fact]
    public void Lists_and_null_are_put_around_a_schema()
    {
        Assert.Equal(
            """{"type":"array","items":{"type":["string","null"]}}""",
            Schema<string?[], ArrayValue<string?, NullableReferenceValue<string, StringValue>>>());
        Assert.Equal(
            """{"type":["array","null"],"items":{"type":"integer","format":"int32"}}""",
            Schema<List<int>?, NullableReferenceValue<List<int>, ListValue<List<int>, int, IntegerValue<int>>>>());
        Assert.Equal(
            """{"anyOf":[{"type":"string","enum":["Red","Green","Most"]},{"type":"null"}]}""",
            Schema<Colour?, NullableValue<Colour, EnumValue<Colour>>>());
        Assert.Equal(
            "{}",
            Schema<System.Text.Json.JsonElement?, NullableValue<System.Text.Json.JsonElement, ElementValue>>());
    }

    [Fact]
    public void Objects_have_the_names_and_the_nullability_of_their_context()
    {
        const string properties = """{"id":{"type":"integer"},"name":{"type":"string"},"previous":{"type":["object","null"]""";
        var schemas = new RpcSchemas();
        Assert.Equal("""{"$ref":"#/components/schemas/Order"}""", schemas.Place(ContextValue<Order, Shop>.Schema).ToJsonString());
        Assert.StartsWith(
            """{"type":"object","properties":""" + properties, schemas.Components["Order"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recursive_type_is_described_once_wherever_it_is_used()
    {
        using var server = new RpcServer(add: handler => handler.Add("orders", (Order first, Order? second, Order[] all) => all));
        var described = JsonNode.Parse((await server.CallAsync("rpc.discover", "[]"))!)!["result"]!;
        var orders = described["methods"]!.AsArray().Single(method => (string?)method!["name"] == "orders")!;
        const string order = """{"$ref":"#/components/schemas/Order"}""";
        Assert.Equal(
            [order, $$"""{"anyOf":[{{order}},{"type":"null"}]}""", $$"""{"type":"array","items":{{order}}}"""],
            orders["params"]!.AsArray().Select(parameter => parameter!["schema"]!.ToJsonString()));
        Assert.Equal($$"""{"type":"array","items":{{order}}}""", orders["result"]!["schema"]!.ToJsonString());
        Assert.Contains(
            "\"$ref\":\"#/components/schemas/Order/properties/previous\"",
            described["components"]!["schemas"]!["Order"]!.ToJsonString(),
            StringComparison.Ordinal);
    }

    private static string Schema<T, TValue>()
        where TValue : struct, IJsonRpcValue<T> => new RpcSchemas().Place(TValue.Schema).ToJsonString();

    private readonly struct Shop : IJsonRpcContext
    {
        public static JsonSerializerContext Instance => TypedJson.Default;
    }
}
