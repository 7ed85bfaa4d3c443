// Owns: tests of rpc.discover, against the published schema of OpenRPC.

using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using TinyHost.JsonRpc.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

public sealed class RpcDiscoveryTests
{
    private static readonly JsonSchema s_openRpc = LoadSchema();

    [Fact]
    public async Task The_document_is_valid_and_describes_each_method()
    {
        using var server = new RpcServer(add: AddAll);
        var document = await DiscoverAsync(server);
        AssertValid(document);
        Assert.Equal("TinyHost.JsonRpc.Tests", (string?)document["info"]!["title"]);
        Assert.Equal(server.Handler.MethodNames, document["methods"]!.AsArray().Select(method => (string)method!["name"]!));

        AssertMethod(document, "add", """
            {"name":"add","paramStructure":"either","params":[
              {"name":"a","required":true,"schema":{"type":"integer","format":"int64"}},
              {"name":"b","required":true,"schema":{"type":"integer","format":"int64"}}],
             "result":{"name":"result","schema":{"type":"integer","format":"int64"}}}
            """);
        AssertMethod(document, "echo", """
            {"name":"echo","description":"The parameters and the result are not declared.","params":[],
             "result":{"name":"result","schema":true}}
            """);
        AssertMethod(document, "store", """
            {"name":"store","summary":"Stores a shelf.","description":"Twice.","paramStructure":"either","deprecated":true,"params":[
              {"name":"shelf","description":"The shelf.","required":true,"schema":{"$ref":"#/components/schemas/Shelf"}},
              {"name":"tree","required":false,"schema":{"$ref":"#/components/schemas/Tree"}},
              {"name":"names","required":false,"schema":{"type":"array","items":{"type":"string"}}}],
             "result":{"name":"result","schema":{"type":"null"}}}
            """);
        var schemas = document["components"]!["schemas"]!;
        Assert.Equal("integer", (string?)schemas["Shelf"]!["properties"]!["left"]!["type"]);
        Assert.Equal("#/components/schemas/Tree", (string?)schemas["Tree"]!["properties"]!["children"]!["items"]!["$ref"]);
    }

    [Fact]
    public async Task A_type_declares_the_schema_of_its_own_converter()
    {
        var info = new JsonRpcMethodInfo(
            "ship",
            new("weight", JsonRpcSchema.FromType(TestJson.Default.Grams)),
            new("parcel", JsonRpcSchema.FromType(TestJson.Default.Parcel)));
        using var server = new RpcServer(add: handler => handler.Add(info, call =>
        {
            var arguments = new JsonRpcArguments(call, info);
            while (arguments.Next(out var index))
            {
                _ = index == 0
                    ? arguments.Read<Grams, ContextValue<Grams, TestContextOfJson>>()
                    : arguments.Read<Parcel, ContextValue<Parcel, TestContextOfJson>>().Weight;
            }

            return new(arguments.Error);
        }));
        var document = await DiscoverAsync(server);
        AssertValid(document);
        var method = document["methods"]!.AsArray().Single(method => (string)method!["name"]! == "ship")!;
        const string Schema = """{"type":"string","format":"grams"}""";
        Assert.Equal(Schema, method["params"]![0]!["schema"]!.ToJsonString());
        Assert.Equal(Schema, document["components"]!["schemas"]!["Parcel"]!["properties"]!["weight"]!.ToJsonString());
        Assert.Contains("weight must be a string (grams)", await server.CallAsync("ship", "[5]"), StringComparison.Ordinal);
        Assert.Contains("weight is missing; it must be a string (grams)", await server.CallAsync("ship", "[]"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_reference_leads_to_a_schema()
    {
        using var server = new RpcServer(add: AddAll);
        var document = await DiscoverAsync(server);
        var references = References(document).ToList();
        Assert.NotEmpty(references);
        Assert.All(references, reference =>
        {
            var node = document;
            foreach (var part in reference.Split('/').Skip(1))
            {
                node = node![part]!;
            }

            Assert.NotNull(node);
        });
    }

    [Fact]
    public async Task The_check_finds_an_invalid_document()
    {
        using var server = new RpcServer();
        var document = await DiscoverAsync(server);
        document["methods"]![0]!["params"]![0]!.AsObject().Remove("schema");
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => AssertValid(document));
    }

    [Theory]
    [InlineData("[]", true)]
    [InlineData("{}", true)]
    [InlineData("[1]", false)]
    public async Task It_takes_no_params(string parameters, bool isAnswered)
    {
        using var server = new RpcServer();
        Assert.Contains(
            isAnswered ? "\"openrpc\":\"1.4." : "there are 1 params; the method takes none",
            await server.CallAsync("rpc.discover", parameters),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_setting_turns_it_off()
    {
        using var server = new RpcServer(settings: ("JsonRpc:Discover", "false"));
        Assert.Contains("-32601", await server.CallAsync("rpc.discover", "[]"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_methods_has_a_document_too()
    {
        using var service = new JsonRpcHandler().CreateService(null);
        var reply = new System.Buffers.ArrayBufferWriter<byte>();
        await service.Dispatcher.DispatchAsync(
            """{"jsonrpc":"2.0","method":"rpc.discover","id":1}"""u8.ToArray(), reply, null, TestContext.Current.CancellationToken);
        AssertValid(JsonNode.Parse(reply.WrittenSpan)!["result"]!);
    }

    private static void AddAll(JsonRpcHandler handler) => handler.Add(
        new JsonRpcMethodInfo(
            "store",
            new("shelf", JsonRpcSchema.FromType(TestJson.Default.Shelf)) { Description = "The shelf." },
            new("tree", JsonRpcSchema.FromType(TestJson.Default.Tree), isRequired: false),
            new("names", JsonRpcSchema.FromType(TestJson.Default.StringArray), isRequired: false))
        {
            Summary = "Stores a shelf.",
            Description = "Twice.",
            IsDeprecated = true,
        },
        _ => default);

    private static async Task<JsonNode> DiscoverAsync(RpcServer server) =>
        JsonNode.Parse((await server.CallAsync("rpc.discover", "[]"))!)!["result"]!;

    private static void AssertMethod(JsonNode document, string name, string expected)
    {
        var method = document["methods"]!.AsArray().Single(method => (string)method!["name"]! == name);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), method), method!.ToJsonString());
    }

    private static void AssertValid(JsonNode document)
    {
        using var parsed = JsonDocument.Parse(document.ToJsonString());
        var results = s_openRpc.Evaluate(parsed.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
        Assert.True(results.IsValid, JsonSerializer.Serialize(results));
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(
            member => member.Key == "$ref" ? [(string)member.Value!] : References(member.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };

    private static JsonSchema LoadSchema()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Schemas");
        var options = new BuildOptions { SchemaRegistry = new SchemaRegistry() };
        JsonSchema.FromText(File.ReadAllText(Path.Combine(folder, "json-schema.json")), options);
        return JsonSchema.FromText(File.ReadAllText(Path.Combine(folder, "openrpc-1.4.json")), options);
    }
}
