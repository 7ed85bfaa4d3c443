// Owns: tests of methods behind the stages that guard them: credentials of a cookie file with method lists, and CORS.

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using TinyHost.JsonRpc.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

public sealed class RpcChainTests : IDisposable
{
    private const string Page = "http://localhost:3000";
    private const string OtherPage = "http://localhost:3001";
    private const string PublicPage = "https://shop.example";

    private readonly string _folder = Directory.CreateTempSubdirectory("tinyhost-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Whoever_can_read_the_cookie_file_calls_the_methods_of_its_list()
    {
        var cookie = Path.Combine(_folder, "rpc.cookie");
        await using var server = await StartAsync(
            app => new Pipeline().UseAuthentication(auth => auth.Cookie(cookie)).Run(app),
            ("JsonRpc:Users:__cookie__", "add"),
            ("JsonRpc:Users:*", "*"));
        using (var stranger = await server.PostAsync(RpcHttpServer.Call("add", "[1,2]")))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        }

        server.Client.DefaultRequestHeaders.Authorization = Basic("__cookie__:guess");
        using (var guess = await server.PostAsync(RpcHttpServer.Call("add", "[1,2]")))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, guess.StatusCode);
        }

        server.Client.DefaultRequestHeaders.Authorization = Basic((await File.ReadAllTextAsync(cookie)).Trim());
        Assert.Contains("\"result\":3", await server.CallAsync("add", "[1,2]"), StringComparison.Ordinal);
        Assert.Contains("\"code\":-32004", await server.CallAsync("echo", "[]"), StringComparison.Ordinal);
        Assert.Contains("\"code\":-32004", await server.CallAsync("rpc.discover", "[]"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_of_another_name_has_not_the_list_of_the_cookie()
    {
        await using var server = await StartAsync(
            app => new Pipeline().UseAuthentication(auth => auth
                .Cookie(Path.Combine(_folder, "rpc.cookie")).User("ann", PasswordHash.Create("secret"))).Run(app),
            ("JsonRpc:Users:__cookie__", "*"));
        server.Client.DefaultRequestHeaders.Authorization = Basic("ann:secret");
        Assert.Contains("\"code\":-32004", await server.CallAsync("add", "[1,2]"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Page, true)]
    [InlineData(OtherPage, false)]
    [InlineData(PublicPage, true)]
    public async Task A_preflight_request_is_answered_by_the_stage(string origin, bool isAllowed)
    {
        await using var server = await StartAsync(AllowPages);
        using var request = new HttpRequestMessage(HttpMethod.Options, "/rpc");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "content-type");
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(isAllowed ? origin : null, AllowedOrigin(response));
        if (isAllowed)
        {
            Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
            Assert.Contains("POST", string.Concat(response.Headers.GetValues("Access-Control-Allow-Methods")), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Page, null, "localhost", true)]
    [InlineData(Page, null, "evil.example", false)]
    [InlineData(PublicPage, null, "localhost", false)]
    [InlineData(PublicPage, "shop.example", "localhost", true)]
    [InlineData(PublicPage, "shop.example", "evil.example", false)]
    public async Task A_page_calls_methods_if_both_CORS_and_the_check_of_hosts_let_it(
        string origin, string? allowedHost, string host, bool isAllowed)
    {
        await using var server = await StartAsync(AllowPages, allowedHost is null ? [] : [("JsonRpc:AllowedHosts", allowedHost)]);
        using var response = await CallAsync(server, origin, host);
        var content = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(isAllowed, content.Contains("\"result\":3", StringComparison.Ordinal));
        // The page may read the refusal too, and learns the setting.
        Assert.Equal(origin, AllowedOrigin(response));
        Assert.Equal(!isAllowed, content.Contains("JsonRpc:AllowedHosts", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_of_this_machine_without_CORS_calls_but_cannot_read()
    {
        await using var server = await StartAsync(AllowPages);
        using var response = await CallAsync(server, OtherPage, "localhost");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Null(AllowedOrigin(response));
    }

    [Fact]
    public async Task A_preflight_request_needs_no_credentials_and_the_call_does()
    {
        var cookie = Path.Combine(_folder, "rpc.cookie");
        await using var server = await StartAsync(
            app => new Pipeline().UseCors(Page).UseAuthentication(auth => auth.Cookie(cookie)).Run(app));
        using var request = new HttpRequestMessage(HttpMethod.Options, "/rpc");
        request.Headers.Add("Origin", Page);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        using var preflight = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(Page, AllowedOrigin(preflight));
        using var refused = await CallAsync(server, Page, "localhost");
        Assert.Equal((HttpStatusCode.Unauthorized, Page), (refused.StatusCode, AllowedOrigin(refused)));
        server.Client.DefaultRequestHeaders.Authorization = Basic((await File.ReadAllTextAsync(cookie)).Trim());
        using var called = await CallAsync(server, Page, "localhost");
        Assert.Equal((HttpStatusCode.OK, Page), (called.StatusCode, AllowedOrigin(called)));
    }

    private static Func<RequestContext, Task> AllowPages(Func<RequestContext, Task> app) =>
        new Pipeline().UseCors(Page, PublicPage).Run(app);

    private static Task<RpcHttpServer> StartAsync(
        Func<Func<RequestContext, Task>, Func<RequestContext, Task>> wrap, params (string Key, string Value)[] settings)
    {
        var handler = new JsonRpcHandler();
        RpcServer.AddMethods(handler);
        return RpcHttpServer.StartAsync(handler, wrap, settings);
    }

    private static AuthenticationHeaderValue Basic(string credentials) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));

    private static string? AllowedOrigin(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? string.Join(',', values) : null;

    private static async Task<HttpResponseMessage> CallAsync(RpcHttpServer server, string origin, string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/rpc");
        request.Headers.Host = host;
        request.Headers.Add("Origin", origin);
        request.Content = new StringContent(RpcHttpServer.Call("add", "[1,2]"), Encoding.UTF8, "application/json");
        return await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
