// Owns: the types of JSON that tests read and write.

using System.Text.Json.Serialization;

namespace TinyHost.JsonRpc.Tests.Support;

internal sealed record Size(int Width);

internal sealed record Shelf(string Place, int Left);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Size))]
[JsonSerializable(typeof(Shelf))]
internal sealed partial class TestJson : JsonSerializerContext;
