// Owns: what the shop tells clients whose requests it refuses.

using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Shop;

public sealed class ShopRefusalTests(ShopRefusalTests.Fixture fixture) : IClassFixture<ShopRefusalTests.Fixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private ShopDaemon Shop => fixture.Shop;

    [Theory]
    [InlineData("POST", "/api/orders", "application/json", "{", 400, "invalid content")]
    [InlineData("POST", "/api/orders", "application/json", """{"item":"tea"}""", 400, "invalid content")]
    [InlineData("POST", "/api/orders", "application/json", "{\"item\":\"tea\",\"quantity\":0}", 400,
        "invalid content: quantity must be at least 1")]
    [InlineData("POST", "/api/orders", "text/plain", "tea", 415, "unsupported media type: the media type must be application/json")]
    [InlineData("POST", "/login", "application/json", "{}", 415,
        "unsupported media type: the media type must be application/x-www-form-urlencoded")]
    [InlineData("POST", "/login", "application/x-www-form-urlencoded", "name=A", 400, "invalid parameter: form field 'user' is missing")]
    [InlineData("GET", "/api/orders?page=x", null, null, 400, "invalid parameter: query parameter 'page' is not a valid Int32")]
    [InlineData("GET", "/api/orders/7", null, null, 404, "no such order")]
    [InlineData("GET", "/api/orders/x", null, null, 404, null)]
    [InlineData("GET", "/missing/path", null, null, 404, null)]
    [InlineData("GET", "/..%2f..%2fsecret.txt", null, null, 404, null)]
    [InlineData("GET", "/account", null, null, 401, "sign in first")]
    [InlineData("PATCH", "/api/orders", null, null, 405, null)]
    [InlineData("BREW", "/api/orders", null, null, 501, null)]
    public async Task Refusals_are_problems_with_the_fields_of_every_answer(
        string method, string path, string? type, string? content, int status, string? detail)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("Origin", ShopRequests.Origin);
        request.Content = content is null ? null : new StringContent(content, Encoding.UTF8, type!);
        using var response = await Shop.Client.SendAsync(request, Cancelled);

        Assert.Equal((status, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.ToString()));
        var problem = (await response.Content.ReadFromJsonAsync<JsonObject>(Cancelled))!;
        Assert.Equal((status, detail), ((int)problem["status"]!, (string?)problem["detail"]));
        AssertFields(response);
        Assert.Equal(status == 405 ? "GET, HEAD, POST, OPTIONS" : "", string.Join(", ", response.Content.Headers.Allow));
        await Shop.Process.WaitForOutputAsync($"{path.Split('?')[0]} {status} ");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upload_that_is_too_large_is_refused_with_the_limit_and_its_setting(bool isChunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/uploads/large.bin");
        request.Content = new ByteArrayContent(new byte[1_000_001]);
        request.Headers.Add("Origin", ShopRequests.Origin);
        request.Headers.ExpectContinue = true;
        request.Headers.TransferEncodingChunked = isChunked;
        using var response = await Shop.Client.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        var problem = (await response.Content.ReadFromJsonAsync<JsonObject>(Cancelled))!;
        Assert.Equal("body too large: the limit is 1000000 bytes (Request.Body.MaxSize)", (string?)problem["detail"]);
        AssertFields(response);
        Assert.Empty(Directory.GetFiles(Shop.Folders.Uploads));
    }

    [Theory]
    [InlineData("/../secret.txt")]
    [InlineData("/guide/../../secret.txt")]
    [InlineData("/%2e%2e/secret.txt")]
    [InlineData("/..%2fsecret.txt")]
    [InlineData("/..%5csecret.txt")]
    [InlineData("/uploads/../../secret.txt")]
    [InlineData("/uploads/..%2f..%2fsecret.txt")]
    [InlineData("/.hidden")]
    [InlineData("/missing")]
    public async Task No_path_leaves_the_folder(string path)
    {
        var curl = OutsideProgram.Require("curl", package: "curl");
        var (_, output, _) = await ChildProcess.RunAsync(curl, ["--silent", "--path-as-is", Shop.Url + path]);
        Assert.Equal("""{"title":"Not Found","status":404}""", output);
    }

    private static void AssertFields(HttpResponseMessage response)
    {
        Assert.True(Guid.TryParse(Assert.Single(response.Headers.GetValues("X-Request-Id")), out _));
        Assert.Equal([ShopRequests.Origin], response.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.Equal(["true"], response.Headers.GetValues("Access-Control-Allow-Credentials"));
        Assert.Equal(["X-Request-Id"], response.Headers.GetValues("Access-Control-Expose-Headers"));
        Assert.Equal(["Origin"], response.Headers.Vary);
    }

    /// <summary>One shop for all of them: a refusal changes nothing.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        private ShopDaemon? _shop;

        internal ShopDaemon Shop => _shop!;

        public async ValueTask InitializeAsync() => _shop = await ShopDaemon.StartAsync();

        public ValueTask DisposeAsync() => _shop?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
