// Owns: the code shown in docs/json-rpc.md. A test fails when the page shows code that is not here.

using System.Text.Json.Serialization;

namespace TinyHost.JsonRpc.Tests.Documented;

internal static class Snippets
{
    public static JsonRpcHandler TypedMethods()
    {
        var rpc = new JsonRpcHandler()
            .Add("add", (long a, long b = 1) => a + b)
            .Add("sum", (params long[] values) => values.Sum())
            .Add("order.place", async (Order order, Shop shop, CancellationToken ct) => await shop.PlaceAsync(order, ct))
            .Add("stock", Stock.Count)
            .AddMethods<Shop>("shop.");
        return rpc;
    }

    public static async Task<long> CallAsync(HttpClient http)
    {
        var rpc = new JsonRpcClient(http, "/rpc") { Timeout = TimeSpan.FromSeconds(5) };
        var shop = new ShopClient(rpc, prefix: "shop.");
        var sum = await shop.AddAsync(1, 2);
        return sum;
    }

    public static async Task CallTogetherAsync(JsonRpcClient rpc)
    {
        var batch = rpc.CreateBatch();
        var shop = new ShopClient(batch, "shop.");
        var sum = shop.AddAsync(1, 2);
        var order = shop.FindAsync("tea");
        await batch.SendAsync();
        Console.WriteLine($"{await sum} {await order}");
    }
}

[JsonSerializable(typeof(Order))]
internal sealed partial class ShopJson : JsonSerializerContext;

[JsonRpcClient]
internal interface IShop
{
    Task<long> AddAsync(long a, long b, CancellationToken ct = default);
    ValueTask<Order?> FindAsync(string name);
}

internal sealed record Order(string Name, int Count);

internal static class Stock
{
    public static int Count(string name) => name.Length;
}

internal sealed class Shop : IShop
{
    private Order? _order;

    public Task<string> PlaceAsync(Order order, CancellationToken ct)
    {
        _order = order;
        return Task.FromResult($"{order.Count} {order.Name}");
    }

    public Task<long> AddAsync(long a, long b, CancellationToken ct) => Task.FromResult(a + b);

    public ValueTask<Order?> FindAsync(string name) => new(_order?.Name == name ? _order : null);
}
