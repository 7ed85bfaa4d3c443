// Owns: the types of JSON that the methods take and return. A number is exact as an integer of 64 bits, and otherwise a double.

using System.Text.Json;
using System.Text.Json.Serialization;
using TinyHost.JsonRpc;

[JsonConverter(typeof(NumberConverter)), JsonRpcSchema("""{"type":"number"}""")]
internal readonly record struct Number(Int128? Whole, double Real)
{
    public static Number operator +(Number a, Number b) => new(a.Whole + b.Whole, a.Real + b.Real);
    public static Number operator -(Number a, Number b) => new(a.Whole - b.Whole, a.Real - b.Real);
}

internal sealed class NumberConverter : JsonConverter<Number>
{
    public override Number Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TryGetInt64(out var whole) ? new(whole, whole) : new(null, reader.GetDouble());

    public override void Write(Utf8JsonWriter writer, Number value, JsonSerializerOptions options) => writer.WriteRawValue(
        value.Whole is { } whole && whole == (long)whole ? FormattableString.Invariant($"{whole}")
        : double.IsFinite(value.Real) ? FormattableString.Invariant($"{value.Real}")
        : throw new JsonRpcException(JsonRpcError.InvalidParams("the result is too large for a number of JSON")));
}

internal sealed record Health(string Status, double Uptime, string[] Methods);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Number)), JsonSerializable(typeof(Health))]
internal sealed partial class RpcJson : JsonSerializerContext;
