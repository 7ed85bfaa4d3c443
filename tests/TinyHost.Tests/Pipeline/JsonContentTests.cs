// Owns: tests of which System.Text.Json exceptions are the peer's fault (400) and which are the program's (500).

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed partial class JsonContentTests
{
    [JsonDerivedType(typeof(Circle), "circle")]
    [JsonDerivedType(typeof(Square), "square")]
    internal abstract class Shape;

    internal sealed class Circle : Shape
    {
        public double Radius { get; set; }
    }

    internal sealed class Square : Shape
    {
        [JsonRequired]
        public int Side { get; set; }
    }

    [JsonDerivedType(typeof(Cat), "cat")]
    internal interface IAnimal;

    internal sealed class Cat : IAnimal;

    internal interface IUnreadable;

    internal sealed class Drawing
    {
        public Shape? Main { get; set; }

        public List<Shape>? Others { get; set; }

        public Dictionary<string, IAnimal>? Animals { get; set; }

        public IUnreadable? Never { get; set; }

        public JsonElement Extra { get; set; }

        [JsonConverter(typeof(Failing))]
        public int Failing { get; set; }

        public byte[]? Data { get; set; }

        public DayOfWeek Day { get; set; }

        public Guid Id { get; set; }
    }

    internal sealed class Basket
    {
        [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
        public List<int> Items { get; } = [];
    }

    internal sealed record Node(string Name, Node? Next = null);

    internal sealed class Open
    {
        [JsonExtensionData]
        public JsonObject? More { get; set; }
    }

    internal sealed class Failing : JsonConverter<int>
    {
        public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw (reader.GetString() == "a" ? new NotSupportedException("on purpose") : new InvalidOperationException("on purpose"));

        public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => throw new NotSupportedException();
    }

    [JsonSerializable(typeof(Shape))]
    [JsonSerializable(typeof(IAnimal))]
    [JsonSerializable(typeof(Drawing))]
    [JsonSerializable(typeof(Basket))]
    [JsonSerializable(typeof(Node))]
    [JsonSerializable(typeof(List<Node>))]
    [JsonSerializable(typeof(Open))]
    [JsonSerializable(typeof(JsonNode))]
    [JsonSerializable(typeof(JsonObject))]
    [JsonSerializable(typeof(JsonElement))]
    [JsonSerializable(typeof(string))]
    [JsonSerializable(typeof(int[]))]
    [JsonSerializable(typeof(Dictionary<string, int>))]
    internal sealed partial class FaultTypes : JsonSerializerContext;

    private static readonly FaultTypes s_references = new(new JsonSerializerOptions { ReferenceHandler = ReferenceHandler.Preserve });

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"Radius":1}""")]
    [InlineData("""{"$type":"star"}""")]
    [InlineData("""{"$type":1}""")]
    [InlineData("""{"$type":null}""")]
    [InlineData("""{"Radius":1,"$type":"circle"}""")]
    [InlineData("""{"$type":"square"}""")]
    [InlineData("""{"$type":"square","Side":99999999999}""")]
    [InlineData("""{"$type":"circle","Radius":"1"}""")]
    [InlineData("[]")]
    public async Task An_invalid_type_discriminator_is_refused(string content)
    {
        Assert.Equal(400, await StatusAsync(content, FaultTypes.Default.Shape));
        Assert.Equal(400, await StatusAsync($$"""{"Main":{{content}}}""", FaultTypes.Default.Drawing));
        Assert.Equal(400, await StatusAsync($$"""{"Others":[{{content}}]}""", FaultTypes.Default.Drawing));
    }

    [Fact]
    public async Task A_polymorphic_interface_without_a_discriminator_is_refused()
    {
        Assert.Equal(400, await StatusAsync("{}", FaultTypes.Default.IAnimal));
        Assert.Equal(400, await StatusAsync("""{"Animals":{"tom":{}}}""", FaultTypes.Default.Drawing));
    }

    [Theory]
    [InlineData("""{"$type":"circle","Radius":1}""")]
    [InlineData("null")]
    public async Task A_valid_type_discriminator_is_read(string content) =>
        Assert.Equal(200, await StatusAsync(content, FaultTypes.Default.Shape));

    [Theory]
    [InlineData("""{"Never":{}}""")]
    [InlineData("""{"Main":{"$type":"circle"},"Never":{}}""")]
    [InlineData("""{"Failing":"a"}""")]
    [InlineData("""{"Failing":"b"}""")]
    public async Task A_type_that_cannot_be_deserialized_is_the_programs_error(string content) =>
        Assert.Equal(500, await StatusAsync(content, FaultTypes.Default.Drawing));

    [Theory]
    [InlineData("""{"Data":"!"}""")]
    [InlineData("""{"Day":1e400}""")]
    [InlineData("""{"Day":"Monday"}""")]
    [InlineData("""{"Id":"x"}""")]
    [InlineData("""{"Extra":{"a":}}""")]
    [InlineData("""{"Main":{"$type":"circle","Radius":NaN}}""")]
    public async Task A_value_out_of_range_for_its_type_is_refused(string content) =>
        Assert.Equal(400, await StatusAsync(content, FaultTypes.Default.Drawing));

    [Fact]
    public async Task Content_nested_too_deeply_is_refused()
    {
        var content = new string('[', 100) + new string(']', 100);
        Assert.Equal(400, await StatusAsync(content, FaultTypes.Default.JsonElement));
        Assert.Equal(400, await StatusAsync(content, FaultTypes.Default.JsonNode));
        Assert.Equal(400, await StatusAsync($$"""{"Extra":{{content}}}""", FaultTypes.Default.Drawing));
        Assert.Equal(400, await StatusAsync(string.Concat(Enumerable.Repeat("""{"Name":"a","Next":""", 100)), FaultTypes.Default.Node));
    }

    [Theory]
    [InlineData("\"\u00ff\"")]
    [InlineData("\"\u00c3(\"")]
    [InlineData("\"\u00ed\u00a0\u0080\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\uDC00\"")]
    [InlineData("\"\\ud800\\u0041\"")]
    [InlineData("\"\\uD83D \\uDE00\"")]
    [InlineData("\"\\\\\\ud800\"")]
    public async Task Invalid_Unicode_is_refused_for_every_type(string text)
    {
        Assert.Equal(400, await StatusAsync(text, FaultTypes.Default.String, isLatin1: true));
        Assert.Equal(400, await StatusAsync(text, FaultTypes.Default.JsonElement, isLatin1: true));
        Assert.Equal(400, await StatusAsync("{" + text + ":1}", FaultTypes.Default.JsonNode, isLatin1: true));
        Assert.Equal(400, await StatusAsync("{" + text + ":1}", FaultTypes.Default.DictionaryStringInt32, isLatin1: true));
        Assert.Equal(400, await StatusAsync("""{"Extra":""" + text + "}", FaultTypes.Default.Drawing, isLatin1: true));
    }

    [Theory]
    [InlineData("\"\\ud83d\\ude00\"")]
    [InlineData("\"\\\\ud800\"")]
    [InlineData("\"\\\\\\\\ud800\\\\\"")]
    [InlineData("\"\\n\\u0041\\u00e9\\\"\"")]
    [InlineData("\"é😀\"")]
    public async Task Valid_Unicode_is_read(string text) => Assert.Equal(200, await StatusAsync(text, FaultTypes.Default.String));

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""[{"b":{"a":1,"a":2}}]""")]
    [InlineData("""{"a":1,"\u0061":2}""")]
    public async Task Repeated_names_are_refused_for_nodes_that_cannot_hold_them(string content) =>
        Assert.Equal(400, await StatusAsync(content, FaultTypes.Default.JsonNode));

    [Fact]
    public async Task Repeated_names_are_read_where_the_last_one_wins() =>
        Assert.Equal(200, await StatusAsync("""{"a":1,"a":2}""", FaultTypes.Default.DictionaryStringInt32));

    [Fact]
    public async Task Null_for_a_collection_populated_in_place_is_refused()
    {
        Assert.Equal(400, await StatusAsync("""{"Items":null}""", FaultTypes.Default.Basket));
        Assert.Equal(200, await StatusAsync("""{"Items":[1]}""", FaultTypes.Default.Basket));
    }

    [Theory]
    [InlineData("""{"$id":"1","Next":{"$ref":"1"},"Name":"a"}""")]
    [InlineData("""{"$ref":"1"}""")]
    [InlineData("""{"$id":"1","$id":"1"}""")]
    [InlineData("""{"$id":1}""")]
    public async Task Invalid_references_are_refused(string content) =>
        Assert.Equal(400, await StatusAsync(content, s_references.Node));

    [Fact]
    public async Task Repeated_unmapped_members_never_cause_an_error()
    {
        Assert.Equal(200, await StatusAsync("""{"x":1,"y":2}""", FaultTypes.Default.Open));
        Assert.NotEqual(500, await StatusAsync("""{"x":{"a":1,"a":2}}""", FaultTypes.Default.Open));
    }

    [Fact]
    public async Task An_exception_in_a_constructor_is_the_programs_error()
    {
        var resolver = FaultTypes.Default.WithAddedModifier(info =>
            info.CreateObject = info.Type == typeof(Basket) ? static () => throw new ArgumentException("on purpose") : info.CreateObject);
        var options = new JsonSerializerOptions { TypeInfoResolver = resolver };
        Assert.Equal(500, await StatusAsync("""{"Items":[1]}""", (JsonTypeInfo<Basket>)options.GetTypeInfo(typeof(Basket))));
    }

    private static async Task<int> StatusAsync<T>(string content, JsonTypeInfo<T> typeInfo, bool isLatin1 = false)
    {
        var encoded = isLatin1 ? content : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(content));
        var sent = await MemoryServer.ExchangeAsync(
            $"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {encoded.Length}\r\n\r\n{encoded}",
            ErrorHandling.Wrap(async context => await context.Request.ReadJsonAsync(typeInfo), NullLogger.Instance));
        return int.Parse(sent.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture);
    }
}
