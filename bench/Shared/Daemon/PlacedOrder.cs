// Owns: what the daemon writes as JSON.

using System.Text.Json.Serialization;

namespace TinyHost.Bench.Shared;

internal sealed record PlacedOrder(long Id, string Customer, int Quantity, double Price);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(PlacedOrder[]))]
internal sealed partial class ShopJson : JsonSerializerContext;
