// Owns: what the shop reads and writes as JSON.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Daemon;

internal sealed record NewOrder(string Item, int Quantity);

internal sealed record Order(long Id, string Item, int Quantity)
{
    public string ToJson() => JsonSerializer.Serialize(this, ShopJson.Default.Order);
}

internal sealed record Account(string Name);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(NewOrder))]
[JsonSerializable(typeof(Order[]))]
[JsonSerializable(typeof(Account))]
internal sealed partial class ShopJson : JsonSerializerContext;
