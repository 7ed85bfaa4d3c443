// Owns: that the typed methods and the client shown in docs/json-rpc.md do what the text says.

using Microsoft.Extensions.DependencyInjection;
using TinyHost.JsonRpc.Tests.Support;

namespace TinyHost.JsonRpc.Tests.Documented;

public sealed class SnippetTests
{
    [Fact]
    public async Task Typed_methods_and_the_client_work_as_shown()
    {
        await using var server = await RpcHttpServer.StartAsync(
            Snippets.TypedMethods(), services => services.AddSingleton<Shop>());
        Assert.Contains("\"result\":3,", await server.CallAsync("add", "[2]"), StringComparison.Ordinal);
        Assert.Contains("\"result\":6,", await server.CallAsync("sum", "[1,2,3]"), StringComparison.Ordinal);
        Assert.Contains("\"result\":3,", await server.CallAsync("stock", "[\"tea\"]"), StringComparison.Ordinal);
        var placed = await server.CallAsync("order.place", """{"order":{"Name":"tea","Count":2}}""");
        Assert.Contains("\"result\":\"2 tea\",", placed, StringComparison.Ordinal);
        var found = await server.CallAsync("shop.find", "[\"tea\"]");
        Assert.Contains("""{"Name":"tea","Count":2}""", found, StringComparison.Ordinal);
        Assert.Equal(3, await Snippets.CallAsync(server.Client));
        await Snippets.CallTogetherAsync(new JsonRpcClient(server.Client, "/rpc"));
    }
}
