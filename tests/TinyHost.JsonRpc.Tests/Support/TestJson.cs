// Owns: the types of JSON that tests read and write.

using System.Text.Json.Serialization;

namespace TinyHost.JsonRpc.Tests.Support;

internal sealed record Size(int Width);

internal sealed record Shelf(string Place, int Left);

internal sealed record Tree(IReadOnlyList<Tree> Children);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Size))]
[JsonSerializable(typeof(Shelf))]
[JsonSerializable(typeof(Tree))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class TestJson : JsonSerializerContext;
