// Owns: the types of JSON that tests read and write.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace TinyHost.JsonRpc.Tests.Support;

internal sealed record Size(int Width);

internal sealed record Shelf(string Place, int Left);

[JsonConverter(typeof(GramsConverter)), JsonRpcSchema("""{"type":"string","format":"grams"}""")]
internal readonly record struct Grams(int Value);

internal sealed record Parcel(Grams Weight, Grams? Limit);

internal sealed record Tree(IReadOnlyList<Tree> Children);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Size))]
[JsonSerializable(typeof(Shelf))]
[JsonSerializable(typeof(Grams))]
[JsonSerializable(typeof(Parcel))]
[JsonSerializable(typeof(Tree))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class TestJson : JsonSerializerContext;

/// <summary>Names the context, as generated code does.</summary>
internal readonly struct TestContextOfJson : IJsonRpcContext
{
    public static JsonSerializerContext Instance => TestJson.Default;
}

internal sealed class GramsConverter : JsonConverter<Grams>
{
    public override Grams Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        int.TryParse(reader.GetString()?.TrimEnd('g'), out var value) ? new Grams(value) : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, Grams value, JsonSerializerOptions options) =>
        writer.WriteStringValue($"{value.Value}g");
}
