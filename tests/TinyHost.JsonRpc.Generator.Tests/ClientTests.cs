// Owns: the tests of generated clients: what compiles, and how they are named.

using TinyHost.JsonRpc.Generator.Tests.Support;

namespace TinyHost.JsonRpc.Generator.Tests;

public sealed class ClientTests
{
    [Theory]
    [InlineData("Task DoAsync();")]
    [InlineData("ValueTask DoAsync(CancellationToken token);")]
    [InlineData("Task<long> AddAsync(long a, long b, CancellationToken ct = default);")]
    [InlineData("ValueTask<string?> FindAsync(string? name = null, int count = 3);")]
    [InlineData("Task<Order> PlaceAsync(Order order, Order? second, List<Order> more);")]
    [InlineData("Task<IReadOnlyList<DayOfWeek>> DaysAsync(params int[] numbers);")]
    [InlineData("Task<int> Odd(int request, int @class, [JsonRpcName(\"from\")] int start);")]
    [InlineData("[JsonRpcName(\"x\")] Task<JsonElement> Named(byte[] data, Guid? id);")]
    [InlineData("[Obsolete] Task Old();")]
    [InlineData("Task Odd(int _caller, int _prefix, int client);")]
    [InlineData("Task Rest(params byte[] data); Task More(params int[]? numbers); Task Texts(params string?[] texts);")]
    [InlineData("Task<string> ToString(int a); Task GetType();")]
    public void A_client_compiles(string method) =>
        Snippet.Of($$"""
            [JsonRpcClient] interface IShop { {{method}} }
            record Order(int Id);
            [JsonSerializable(typeof(Order))]
            sealed class Json : JsonSerializerContext
            {
                public Json() : base(null) { }
                public static Json Default { get; } = new();
                protected override JsonSerializerOptions? GeneratedSerializerOptions => null;
                public override JsonTypeInfo? GetTypeInfo(Type type) => null;
            }
            class User { public static IShop Make(JsonRpcClient client) => new ShopClient(client, "shop."); }
            """).Compiles();

    [Theory]
    [InlineData("interface IShop : IDisposable, IAsyncDisposable { Task Do(); }", "ShopClient")]
    [InlineData("interface @interface { Task Do(); }", "interfaceClient")]
    [InlineData("interface IShop { Task Do(); }", "@event.@class.ShopClient", "namespace @event.@class {", "}")]
    public void An_unusual_interface_has_a_client(string declaration, string client, string before = "", string after = "") =>
        Snippet.Of($"{before} [JsonRpcClient] {declaration} {after} class User {{ object Make(JsonRpcClient rpc) => new {client}(rpc); }}")
            .Compiles();

    [Theory]
    [InlineData("namespace A.B { [JsonRpcClient] public interface IShop { Task Do(); } }", "namespace A.B\n{", "public sealed class ShopC")]
    [InlineData("[JsonRpcClient] internal interface Shop { Task Do(); }", "", "internal sealed class ShopClient")]
    [InlineData("[JsonRpcClient] interface Item { Task Do(); }", "", "class ItemClient")]
    [InlineData("public class Outer { [JsonRpcClient] public interface IShop { Task Do(); } }", "", "internal sealed class ShopClient : g")]
    public void The_class_is_named_after_the_interface(string source, string space, string declaration)
    {
        var generated = Snippet.Of(source).Compiles().Generated;
        Assert.Contains(space, generated, StringComparison.Ordinal);
        Assert.Contains(declaration, generated, StringComparison.Ordinal);
    }

    [Fact]
    public void Methods_of_base_interfaces_are_implemented_too() =>
        Snippet.Of("interface IBase { Task One(); } [JsonRpcClient] interface IShop : IBase { Task Two(); }").Compiles();

    [Fact]
    public void Interfaces_of_one_name_in_two_namespaces_are_two_clients() =>
        Snippet.Of("""
            namespace A { [JsonRpcClient] interface IShop { Task Do(int a); } }
            namespace B { [JsonRpcClient] interface IShop { Task Do(int a); } }
            """).Compiles();

    [Fact]
    public void Params_by_position_are_asked_for_by_the_attribute() =>
        Assert.Contains(
            "byPosition: true",
            Snippet.Of("[JsonRpcClient(ByPosition = true)] interface IShop { Task Do(int a); }").Compiles().Generated,
            StringComparison.Ordinal);

    [Fact]
    public void A_type_that_no_context_lists_is_refused()
    {
        var snippet = Snippet.Of("[JsonRpcClient] interface IShop { Task<Order> Do(Other a); } record Order(int Id); class Other { }");
        Assert.Equal(["TINY005", "TINY005"], snippet.Reported.Select(one => one.Id));
        Assert.DoesNotContain(snippet.Reported, one => one.GetMessage(null).Contains("[JsonRpcService]", StringComparison.Ordinal));
    }
}
