// Owns: tests of who may call what: method lists, the program's check, hosts and origins.

using System.Net;
using System.Security.Claims;
using System.Text;
using TinyHost.JsonRpc.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

public sealed class RpcAccessTests
{
    private const string NotAllowed = """{"jsonrpc":"2.0","error":{"code":-32004,"message":"Method not allowed"},"id":1}""";

    private static readonly (string, string)[] s_lists =
        [("JsonRpc:Users:ann", "add; order.*"), ("JsonRpc:Users:bob:0", "*"), ("JsonRpc:Users:*", "echo;rpc.discover")];

    [Theory]
    [InlineData("ann", "add", true)]
    [InlineData("ann", "order.place", true)]
    [InlineData("ann", "order", false)]
    [InlineData("ann", "echo", false)]
    [InlineData("bob", "order", true)]
    [InlineData("bob", "rpc.discover", true)]
    [InlineData("eve", "echo", true)]
    [InlineData("eve", "add", false)]
    [InlineData("Ann", "add", false)]
    [InlineData(null, "echo", true)]
    [InlineData(null, "add", false)]
    public async Task Users_call_the_methods_of_their_lists(string? user, string method, bool isAllowed)
    {
        await using var server = await StartAsync(new JsonRpcOptions(), s_lists);
        var reply = await CallAsync(server, user, method);
        Assert.Equal(!isAllowed, reply == NotAllowed);
        Assert.Equal(isAllowed, reply.Contains("\"result\":", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_unknown_method_is_not_found_whoever_calls_it()
    {
        await using var server = await StartAsync(new JsonRpcOptions(), s_lists);
        Assert.Contains("-32601", await CallAsync(server, "eve", "nobody"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_discovers_the_methods_of_its_list()
    {
        await using var server = await StartAsync(new JsonRpcOptions { Users = { ["ann"] = ["order.*", "rpc.*"] } });
        var reply = await CallAsync(server, "ann", "rpc.discover");
        Assert.Contains("\"order.place\"", reply, StringComparison.Ordinal);
        Assert.DoesNotContain("\"echo\"", reply, StringComparison.Ordinal);
        Assert.Equal(NotAllowed, await CallAsync(server, null, "rpc.discover"));
    }

    [Theory]
    [InlineData("ann", "order", "\"result\":")]
    [InlineData("ann", "echo", "-32004")]
    [InlineData("eve", "order", "\"code\":17")]
    [InlineData(null, "order", "-32603")]
    public async Task The_program_decides_for_each_call(string? user, string method, string expected)
    {
        var options = new JsonRpcOptions
        {
            Authorize = async (call, name) =>
            {
                await Task.Yield();
                return call.Context.User.Identity!.Name switch
                {
                    "ann" => name != "echo" && call.Params.Span.SequenceEqual("[]"u8),
                    "eve" => throw new JsonRpcException(17, "Not you"),
                    _ => throw new IOException("The database is down."),
                };
            },
        };
        await using var server = await StartAsync(options);
        Assert.Contains(expected, await CallAsync(server, user, method), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost", null, true)]
    [InlineData("LOCALHOST:8080", null, true)]
    [InlineData("127.0.0.1:80", "http://localhost:3000", true)]
    [InlineData("[::1]:80", "http://[::1]", true)]
    [InlineData("192.168.1.5", null, true)]
    [InlineData("rpc.example.com", "https://rpc.example.com", true)]
    [InlineData("evil.example", null, false)]
    [InlineData("localhost.evil.example:80", null, false)]
    [InlineData("localhost", "http://evil.example", false)]
    [InlineData("localhost", "http://192.168.1.5", false)]
    [InlineData("localhost", "null", false)]
    public async Task Web_pages_of_other_hosts_are_refused_on_loopback(string host, string? origin, bool isAllowed)
    {
        await using var server = await StartAsync(new JsonRpcOptions { AllowedHosts = { "rpc.example.com" } });
        using var response = await SendAsync(server, host, origin);
        Assert.Equal(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
        var content = await response.Content.ReadAsStringAsync();
        Assert.Equal(!isAllowed, content.Contains("JsonRpc:AllowedHosts", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_star_allows_all_hosts()
    {
        await using var server = await StartAsync(new JsonRpcOptions(), ("JsonRpc:AllowedHosts", "*"));
        using var response = await SendAsync(server, "evil.example", "http://evil.example");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_client_behind_a_trusted_proxy_of_this_machine_may_use_any_host()
    {
        var handler = new JsonRpcHandler().Add("echo", _ => default);
        await using var server = await RpcHttpServer.StartAsync(
            handler, app => new Pipeline().UseForwarded("127.0.0.1").Run(app));
        server.Client.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");
        using var response = await SendAsync(server, "public.example", origin: null);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static Task<RpcHttpServer> StartAsync(JsonRpcOptions options, params (string Key, string Value)[] settings)
    {
        var handler = new JsonRpcHandler(options).Add("order", _ => default).Add("order.place", _ => default);
        RpcServer.AddMethods(handler);
        return RpcHttpServer.StartAsync(
            handler,
            app => context =>
            {
                if (context.Request.Fields["X-User"] is { } user)
                {
                    context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, user)], "test"));
                }

                return app(context);
            },
            settings);
    }

    [Theory]
    [InlineData("http://localhost:3000", "text/plain", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("http://localhost:3000", "text/plain; charset=utf-8; x=application/json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("http://localhost:3000", "application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("http://localhost:3000", null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("http://localhost:3000", "Application/JSON; charset=utf-8", HttpStatusCode.OK)]
    [InlineData("http://localhost:3000", "application/json-rpc", HttpStatusCode.OK)]
    [InlineData("http://shop.example", "application/json", HttpStatusCode.Forbidden)]
    [InlineData("null", "application/json", HttpStatusCode.Forbidden)]
    [InlineData(null, "text/plain", HttpStatusCode.OK)]
    [InlineData(null, null, HttpStatusCode.OK)]
    public async Task A_web_page_cannot_call_without_being_asked_for(string? origin, string? contentType, HttpStatusCode expected)
    {
        await using var server = await StartAsync(new JsonRpcOptions());
        using var response = await SendAsync(server, "localhost", origin, contentType);
        Assert.Equal(expected, response.StatusCode);
    }

    private static async Task<string> CallAsync(RpcHttpServer server, string? user, string method)
    {
        server.Client.DefaultRequestHeaders.Remove("X-User");
        if (user is not null)
        {
            server.Client.DefaultRequestHeaders.Add("X-User", user);
        }

        return await server.CallAsync(method, method == "add" ? "[1,2]" : "[]");
    }

    private static async Task<HttpResponseMessage> SendAsync(
        RpcHttpServer server, string host, string? origin, string? contentType = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/rpc");
        request.Headers.Host = host;
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(RpcHttpServer.Call("echo", "[]")));
        if (contentType is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
