// Owns: tests of the cookies that a response sets.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class CookieTests
{
    private static readonly DateTimeOffset s_time = new(2026, 11, 26, 13, 0, 0, TimeSpan.FromHours(1));

    public static TheoryData<string, CookieOptions?, string> Valid => new()
    {
        { "abc", null, "id=abc; Path=/" },
        { "", new() { Path = null }, "id=" },
        { "\"a=b\"", null, "id=\"a=b\"; Path=/" },
        { "!#$%&'()*+-./:<=>?@[]^_`{|}~", null, "id=!#$%&'()*+-./:<=>?@[]^_`{|}~; Path=/" },
        { "a", new() { Domain = "example.org", Path = "/shop" }, "id=a; Domain=example.org; Path=/shop" },
        { "a", new() { Domain = "xn--bcher-kva.example" }, "id=a; Domain=xn--bcher-kva.example; Path=/" },
        { "a", new() { MaxAge = TimeSpan.FromSeconds(90.9) }, "id=a; Path=/; Max-Age=90" },
        { "a", new() { MaxAge = TimeSpan.MaxValue }, "id=a; Path=/; Max-Age=922337203685" },
        { "a", new() { Expires = s_time }, "id=a; Path=/; Expires=Thu, 26 Nov 2026 12:00:00 GMT" },
        { "a", new() { HttpOnly = true, SameSite = SameSite.Strict }, "id=a; Path=/; HttpOnly; SameSite=Strict" },
        { "a", new() { SameSite = SameSite.Lax }, "id=a; Path=/; SameSite=Lax" },
        { "a", new() { Secure = true, SameSite = SameSite.None }, "id=a; Path=/; Secure; SameSite=None" },
        { "a", new() { Secure = true, Partitioned = true }, "id=a; Path=/; Secure; Partitioned" },
    };

    public static TheoryData<string, string, CookieOptions?, string> Invalid => new()
    {
        { "id", "a b", null, "its value has the character U+0020, which no cookie can have; encode such text with Uri.EscapeDataString" },
        { "id", "a;b", null, "its value has the character U+003B" },
        { "id", "a,b", null, "its value has the character U+002C" },
        { "id", "a\\b", null, "its value has the character U+005C" },
        { "id", "a\r\nX: y", null, "its value has the character U+000D" },
        { "id", "\u00e9", null, "its value has the character U+00E9" },
        { "id", "\"", null, "its value has the character U+0022" },
        { "id", "\"a", null, "its value has the character U+0022" },
        { "id", new string('a', 4_095), null, "its name and value have 4097 bytes, and browsers accept no more than 4096" },
        { "id", "a", new() { Path = "" }, "'' is not a path" },
        { "id", "a", new() { Path = "shop" }, "'shop' is not a path" },
        { "id", "a", new() { Path = "/a;b" }, "'/a;b' is not a path" },
        { "id", "a", new() { Path = "/\u00e9" }, "'/\u00e9' is not a path" },
        { "id", "a", new() { Path = "/a\n" }, "'/a\n' is not a path" },
        { "id", "a", new() { Path = "/" + new string('a', 1_024) }, "its Path has 1025 bytes, and browsers accept no more than 1024" },
        { "id", "a", new() { Domain = "" }, "'' is not a Domain; it is a host name in ASCII, such as example.org" },
        { "id", "a", new() { Domain = ".example.org" }, "the Domain '.example.org' begins with a dot; without it" },
        { "id", "a", new() { Domain = "example.org." }, "'example.org.' is not a Domain" },
        { "id", "a", new() { Domain = "a..b" }, "'a..b' is not a Domain" },
        { "id", "a", new() { Domain = "example.org:80" }, "'example.org:80' is not a Domain" },
        { "id", "a", new() { Domain = "http://example.org" }, "'http://example.org' is not a Domain" },
        { "id", "a", new() { Domain = "b\u00fccher.example" }, "'b\u00fccher.example' is not a Domain" },
        { "id", "a", new() { Domain = "-a.example" }, "'-a.example' is not a Domain" },
        { "id", "a", new() { Domain = "a.example; Secure" }, "'a.example; Secure' is not a Domain" },
        { "id", "a", new() { MaxAge = TimeSpan.Zero }, "its MaxAge is 00:00:00, and must be at least one second; DeleteCookie deletes" },
        { "id", "a", new() { MaxAge = TimeSpan.FromSeconds(-1) }, "its MaxAge is -00:00:01" },
        { "id", "a", new() { MaxAge = TimeSpan.FromSeconds(0.9) }, "its MaxAge is 00:00:00.9" },
        { "id", "a", new() { Expires = default(DateTimeOffset) }, "it expires in the year 1, and browsers ignore years before 1601" },
        { "id", "a", new() { SameSite = SameSite.None }, "SameSite=None needs Secure" },
        { "id", "a", new() { SameSite = (SameSite)9 }, "9 is not a value of SameSite; use Lax, Strict or None" },
        { "id", "a", new() { Partitioned = true }, "Partitioned needs Secure" },
        { "__Secure-id", "a", null, "the prefix __Secure- needs Secure" },
        { "__secure-id", "a", null, "the prefix __Secure- needs Secure" },
        { "__Host-id", "a", null, "the prefix __Host- needs Secure" },
        { "__HOST-id", "a", new() { Secure = true, Path = "/a" }, "the prefix __Host- needs Path=/" },
        { "__Host-id", "a", new() { Secure = true, Path = null }, "the prefix __Host- needs Path=/" },
        { "__Host-id", "a", new() { Secure = true, Domain = "example.org" }, "the prefix __Host- allows no Domain" },
    };

    [Theory]
    [MemberData(nameof(Valid))]
    public async Task A_cookie_is_sent_with_its_attributes(string value, CookieOptions? options, string expected) =>
        Assert.Equal([expected], await SetAsync(response => response.SetCookie("id", value, options)));

    [Theory]
    [InlineData("__Host-id")]
    [InlineData("__Secure-id")]
    public async Task A_prefix_keeps_its_promise(string name) =>
        Assert.Equal(
            [$"{name}=a; Path=/; Secure"], await SetAsync(response => response.SetCookie(name, "a", new() { Secure = true })));

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task A_cookie_that_browsers_would_ignore_is_refused(string name, string value, CookieOptions? options, string why) =>
        Assert.Empty(await SetAsync(response =>
        {
            var exception = Assert.Throws<ArgumentException>(() => response.SetCookie(name, value, options));
            Assert.StartsWith($"The cookie '{name}' cannot be set: {why}", exception.Message);
        }));

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a=b")]
    [InlineData("a;b")]
    [InlineData("\u00e9")]
    public async Task A_name_is_a_token(string name)
    {
        var expected = $"'{name}' is not a cookie's name: it must be a token (RFC 9110 §5.6.2), such as session-id.";
        Assert.Empty(await SetAsync(response =>
        {
            Assert.Equal(expected, Assert.Throws<ArgumentException>(() => response.SetCookie(name, "a")).Message);
            Assert.Equal(expected, Assert.Throws<ArgumentException>(() => response.DeleteCookie(name)).Message);
        }));
    }

    [Fact]
    public async Task Each_cookie_has_a_field_of_its_own() =>
        Assert.Equal(
            ["a=1; Path=/", "b=2; Path=/"],
            await SetAsync(response =>
            {
                response.SetCookie("a", "1");
                response.SetCookie("b", "2");
            }));

    [Fact]
    public async Task Deleting_keeps_the_attributes_that_tell_cookies_apart()
    {
        var options = new CookieOptions
        {
            Domain = "example.org",
            Path = "/shop",
            Secure = true,
            MaxAge = TimeSpan.FromDays(1),
            Expires = s_time,
            SameSite = SameSite.None,
            Partitioned = true,
        };
        Assert.Equal(
            [
                "id=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                "id=; Domain=example.org; Path=/shop; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; SameSite=None; Partitioned",
            ],
            await SetAsync(response =>
            {
                response.DeleteCookie("id");
                response.DeleteCookie("id", options);
                Assert.Throws<ArgumentException>(() => response.DeleteCookie("__Host-id"));
            }));
    }

    private static async Task<IEnumerable<string>> SetAsync(Action<Response> set)
    {
        Func<RequestContext, Task> app = context =>
        {
            set(context.Response);
            return context.Response.WriteTextAsync("ok");
        };
        var response = await app.GetAsync("/");
        Assert.Equal((200, "ok"), (response.Status, response.Content));
        return response.Fields["Set-Cookie"];
    }
}
