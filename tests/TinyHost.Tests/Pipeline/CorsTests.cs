// Owns: tests of Cors.

using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class CorsTests
{
    private const string Shop = "https://shop.example";

    [Theory]
    [InlineData("https://shop.example", true)]
    [InlineData("http://localhost:3000", true)]
    [InlineData("http://shop.example", false)]
    [InlineData("https://shop.example:8443", false)]
    [InlineData("https://shop.example.evil.example", false)]
    [InlineData("https://evil-shop.example", false)]
    [InlineData("https://SHOP.example", false)]
    [InlineData("null", false)]
    [InlineData("*", false)]
    [InlineData("", false)]
    public async Task Only_exact_origins_may_read_responses(string origin, bool isAllowed)
    {
        var response = await Allow(Shop, "http://localhost:3000").GetAsync("/", "Origin: " + origin);
        Assert.Equal("app", response.Content);
        Assert.Equal(isAllowed ? origin : null, response.Field("Access-Control-Allow-Origin"));
        Assert.Equal("Origin", response.Field("Vary"));
        Assert.Null(response.Field("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task Two_origins_in_one_request_are_none()
    {
        var response = await Allow(Shop).GetAsync("/", "Origin: " + Shop, "Origin: " + Shop);
        Assert.Null(response.Field("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Responses_without_an_origin_vary_as_well()
    {
        var response = await Allow(Shop).GetAsync("/");
        Assert.Equal((null, "Origin"), (response.Field("Access-Control-Allow-Origin"), response.Field("Vary")));
    }

    [Theory]
    [InlineData("Accept-Encoding", "Accept-Encoding|Origin")]
    [InlineData("accept, origin", "accept, origin")]
    [InlineData("*", "*")]
    public async Task Vary_of_the_handler_stays(string vary, string expected)
    {
        var app = new Pipeline().UseCors(Shop).Run(context =>
        {
            context.Response.Fields["Vary"] = vary;
            return Task.CompletedTask;
        });
        Assert.Equal(expected.Split('|'), (await app.GetAsync("/", "Origin: " + Shop)).Fields["Vary"]);
    }

    [Fact]
    public async Task Any_origin_gets_an_asterisk_even_for_a_request_without_one()
    {
        foreach (var lines in new string[][] { [], ["Origin: " + Shop] })
        {
            var response = await Allow("*").GetAsync("/", lines);
            Assert.Equal(("*", null), (response.Field("Access-Control-Allow-Origin"), response.Field("Vary")));
        }
    }

    [Fact]
    public async Task A_predicate_decides_about_other_origins()
    {
        var options = new CorsOptions { IsOriginAllowed = origin => origin.EndsWith(".shop.example", StringComparison.Ordinal) };
        options.Origins.Add(Shop);
        var app = new Pipeline().UseCors(options).Run(Answer);
        foreach (var (origin, isAllowed) in new[] { (Shop, true), ("https://a.shop.example", true), ("https://evil.example", false) })
        {
            var response = await app.GetAsync("/", "Origin: " + origin);
            Assert.Equal(isAllowed ? origin : null, response.Field("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task Credentials_and_exposed_headers_are_for_allowed_origins()
    {
        var options = new CorsOptions { AllowsCredentials = true, ExposedHeaders = { "X-Total", "ETag" } };
        options.Origins.Add(Shop);
        var app = new Pipeline().UseCors(options).Run(Answer);
        var response = await app.GetAsync("/", "Origin: " + Shop);
        Assert.Equal(
            (Shop, "true", "X-Total, ETag"),
            (response.Field("Access-Control-Allow-Origin"), response.Field("Access-Control-Allow-Credentials"),
                response.Field("Access-Control-Expose-Headers")));
        response = await app.GetAsync("/", "Origin: https://evil.example");
        Assert.DoesNotContain("Access-Control-", response.Head);
    }

    [Theory]
    [InlineData("/missing", 404)]
    [InlineData("/throws", 500)]
    [InlineData("/refuses", 400)]
    public async Task Errors_have_the_fields_too(string path, int status)
    {
        var routes = new Routes()
            .Get("/throws", _ => throw new NotSupportedException())
            .Get("/refuses", _ => throw new RequestRejectedException(RejectReason.InvalidContent, "why"));
        foreach (var app in new[]
        {
            new Pipeline().UseCors(Shop).UseErrors(logger: NullLogger.Instance).Run(routes),
            new Pipeline().UseErrors(logger: NullLogger.Instance).UseCors(Shop).Run(routes),
            new Pipeline().UseCors(Shop).Run(routes),
        })
        {
            var response = await app.GetAsync(path, "Origin: " + Shop);
            Assert.Equal(
                (status, Shop, "Origin"), (response.Status, response.Field("Access-Control-Allow-Origin"), response.Field("Vary")));
        }
    }

    [Fact]
    public async Task A_preflight_request_is_answered_before_authentication()
    {
        var options = new CorsOptions { MaxAge = TimeSpan.FromMinutes(10), AllowsCredentials = true, ExposedHeaders = { "ETag" } };
        options.Origins.Add(Shop);
        var app = new Pipeline().UseCors(options).UseAuthentication(auth => auth.Token("shop", "token")).Run(Answer);
        var response = await app.SendAsync("OPTIONS", "/", "", Preflight(Shop));
        Assert.Equal((204, ""), (response.Status, response.Content));
        Assert.Equal(Shop, response.Field("Access-Control-Allow-Origin"));
        Assert.Equal("true", response.Field("Access-Control-Allow-Credentials"));
        Assert.Equal("GET, HEAD, POST, PUT, PATCH, DELETE", response.Field("Access-Control-Allow-Methods"));
        Assert.Equal("Content-Type, Authorization", response.Field("Access-Control-Allow-Headers"));
        Assert.Equal("600", response.Field("Access-Control-Max-Age"));
        Assert.Equal("Origin", response.Field("Vary"));
        Assert.DoesNotContain("Expose-Headers", response.Head);
        Assert.Equal(401, (await app.GetAsync("/", "Origin: " + Shop)).Status);
    }

    [Fact]
    public async Task A_preflight_request_of_another_origin_gets_nothing()
    {
        var response = await Allow(Shop).SendAsync("OPTIONS", "/", "", Preflight("https://evil.example"));
        Assert.Equal(204, response.Status);
        Assert.DoesNotContain("Access-Control-", response.Head);
    }

    [Fact]
    public async Task A_private_network_is_not_granted()
    {
        var response = await Allow(Shop).SendAsync(
            "OPTIONS", "/", "", [.. Preflight(Shop), "Access-Control-Request-Private-Network: true"]);
        Assert.DoesNotContain("Private-Network", response.Head);
    }

    [Theory]
    [InlineData("OPTIONS", "Origin: https://shop.example")]
    [InlineData("OPTIONS", "Access-Control-Request-Method: PUT")]
    [InlineData("GET", "Access-Control-Request-Method: PUT")]
    public async Task Other_requests_reach_the_app(string method, string line) =>
        Assert.Equal("app", (await Allow(Shop).SendAsync(method, "/", "", line)).Content);

    [Theory]
    [InlineData("shop.example", "Not an origin: 'shop.example'")]
    [InlineData("https://shop.example/", "write 'https://shop.example'")]
    [InlineData("https://shop.example/path", "write 'https://shop.example'")]
    [InlineData("https://shop.example:443", "write 'https://shop.example'")]
    [InlineData("HTTPS://Shop.example", "write 'https://shop.example'")]
    [InlineData("https://*.shop.example", "Not an origin")]
    [InlineData("file:///", "Not an origin")]
    [InlineData("null", "Not an origin")]
    [InlineData("", "Not an origin")]
    [InlineData(null, "Not an origin")]
    public void A_text_that_is_not_an_origin_is_refused(string? origin, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => Allow(origin!)).Message);

    [Theory]
    [InlineData("http://[2001:db8::1]:8080")]
    [InlineData("https://xn--bcher-kva.example")]
    [InlineData("capacitor://localhost")]
    public async Task Origins_of_all_kinds_are_accepted(string origin) =>
        Assert.Equal(origin, (await Allow(origin).GetAsync("/", "Origin: " + origin)).Field("Access-Control-Allow-Origin"));

    [Fact]
    public void Options_that_contradict_each_other_are_refused()
    {
        Action<CorsOptions>[] contradictions =
        [
            options => { },
            options => options.Origins.Add("*"),
            options => { options.Origins.Add("*"); options.AllowsCredentials = false; options.Origins.Add(Shop); },
            options => { options.Origins.Add("*"); options.AllowsCredentials = false; options.IsOriginAllowed = _ => true; },
            options => { options.Origins.Add(Shop); options.AllowedMethods.Clear(); options.AllowedMethods.Add("*"); },
            options => { options.Origins.Add(Shop); options.AllowedHeaders.Add("*"); },
            options => { options.Origins.Add(Shop); options.ExposedHeaders.Add("*"); },
            options => { options.Origins.Add(Shop); options.AllowedMethods.Add("a b"); },
            options => { options.Origins.Add(Shop); options.AllowedMethods.Add("put"); },
            options => { options.Origins.Add(Shop); options.AllowedHeaders.Add("X:"); },
            options => { options.Origins.Add(Shop); options.ExposedHeaders.Add(""); },
            options => { options.Origins.Add(Shop); options.MaxAge = TimeSpan.FromSeconds(-1); },
        ];
        Assert.All(contradictions, contradict =>
        {
            var options = new CorsOptions { AllowsCredentials = true };
            contradict(options);
            Assert.ThrowsAny<ArgumentException>(() => Cors.Wrap(Answer, options));
        });
    }

    [Fact]
    public async Task Asterisks_stand_for_all_without_credentials()
    {
        var options = new CorsOptions { Origins = { "*" }, AllowedHeaders = { "*" }, ExposedHeaders = { "*" }, AllowedMethods = { "*" } };
        var response = await Cors.Wrap(Answer, options).SendAsync("OPTIONS", "/", "", Preflight(Shop));
        Assert.Equal(
            ("*", "*", "*"),
            (response.Field("Access-Control-Allow-Origin"), response.Field("Access-Control-Allow-Methods"),
                response.Field("Access-Control-Allow-Headers")));
        response = await Cors.Wrap(Answer, options).GetAsync("/", "Origin: " + Shop);
        Assert.Equal(("*", "*"), (response.Field("Access-Control-Allow-Origin"), response.Field("Access-Control-Expose-Headers")));
    }

    private static Func<RequestContext, Task> Allow(params string[] origins) => new Pipeline().UseCors(origins).Run(Answer);

    private static Task Answer(RequestContext context) => context.Response.WriteTextAsync("app");

    private static string[] Preflight(string origin) => ["Origin: " + origin, "Access-Control-Request-Method: PUT"];
}
