// Owns: the JSON that POST /json takes and gives, and its source-generated metadata.
// Does not own: reading and writing it.

using System.Text.Json.Serialization;

namespace TinyHost.Bench.Shared;

/// <summary>What a client sends.</summary>
internal sealed record Order(string Customer, int Quantity, double Price);

/// <summary>What it gets.</summary>
internal sealed record Receipt(string Customer, double Total);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Receipt))]
internal sealed partial class OrderJson : JsonSerializerContext;
