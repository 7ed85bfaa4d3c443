// Owns: types that callers send, and their serializer context.

using System.Text.Json.Serialization;

namespace TinyHost.JsonRpc.Tests.Typed;

internal sealed record Order(int Id, string Name, Order? Previous = null);

[JsonDerivedType(typeof(Circle), "circle")]
internal abstract record Shape;

internal sealed record Circle(double Radius) : Shape;

[JsonConverter(typeof(JsonStringEnumConverter<ParcelSize>))]
internal enum ParcelSize
{
    Small,
    Large,
}

internal enum Colour : ulong
{
    Red,
    Green,
    Most = ulong.MaxValue,
}

[Flags]
internal enum Access
{
    None = 0,
    Read = 1,
    Write = 2,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(ParcelSize))]
[JsonSerializable(typeof(Shape))]
[JsonSerializable(typeof(Dictionary<string, int>))]
internal sealed partial class TypedJson : JsonSerializerContext;
