// Owns: the JSON types of POST /json, and their source-generated metadata.

using System.Text.Json.Serialization;

namespace TinyHost.Bench.Shared;

/// <summary>The request.</summary>
internal sealed record Order(string Customer, int Quantity, double Price);

/// <summary>The response.</summary>
internal sealed record Receipt(string Customer, double Total);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Receipt))]
internal sealed partial class OrderJson : JsonSerializerContext;
