// Owns: tests of Forwarded and AddressFiltering. The peer of the tests' connection is 127.0.0.1:50000.

using System.Net;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ForwardedTests
{
    [Theory]
    [InlineData("X-Forwarded-For: 203.0.113.7", "203.0.113.7:0 http test")]
    [InlineData("X-Forwarded-For: 203.0.113.7:1234", "203.0.113.7:1234 http test")]
    [InlineData("X-Forwarded-For: 2001:db8::1", "[2001:db8::1]:0 http test")]
    [InlineData("X-Forwarded-For: [2001:db8::1]:1234", "[2001:db8::1]:1234 http test")]
    [InlineData("X-Forwarded-For: ::ffff:203.0.113.7", "203.0.113.7:0 http test")]
    [InlineData("X-Forwarded-For: 1.2.3.4, 203.0.113.7", "203.0.113.7:0 http test")]
    [InlineData("X-Forwarded-For: 1.2.3.4, 203.0.113.7, 10.1.2.3", "203.0.113.7:0 http test")]
    [InlineData("X-Forwarded-For: 10.9.9.9, 10.1.2.3", "10.9.9.9:0 http test")]
    [InlineData("X-Forwarded-For: 203.0.113.7, unknown, 10.1.2.3", "10.1.2.3:0 http test")]
    [InlineData("X-Forwarded-For: 203.0.113.7, 127.1", "127.0.0.1:50000 http test")]
    [InlineData("X-Forwarded-For: 0177.0.0.1", "127.0.0.1:50000 http test")]
    [InlineData("X-Forwarded-For: fe80::1%eth0", "127.0.0.1:50000 http test")]
    [InlineData("X-Forwarded-For: 203.0.113.7:99999", "127.0.0.1:50000 http test")]
    [InlineData("X-Forwarded-For: , ,", "127.0.0.1:50000 http test")]
    [InlineData("X-Forwarded-For: ", "127.0.0.1:50000 http test")]
    [InlineData("X-Forwarded-Proto: https", "127.0.0.1:50000 https test")]
    [InlineData("X-Forwarded-Proto: gopher", "127.0.0.1:50000 http test")]
    [InlineData("X-Forwarded-Host: shop.example:8443", "127.0.0.1:50000 http shop.example:8443")]
    [InlineData("X-Forwarded-Host: a b", "127.0.0.1:50000 http test")]
    [InlineData("X-Forwarded-Host: <script>", "127.0.0.1:50000 http test")]
    [InlineData("Forwarded: for=203.0.113.7;proto=https;host=shop.example", "127.0.0.1:50000 http test")]
    public async Task X_Forwarded_fields_of_a_trusted_peer_are_believed(string field, string expected) =>
        Assert.Equal(expected, await AskAsync(ForwardedFields.XForwarded, field));

    [Fact]
    public async Task Lines_of_a_field_are_one_list_and_scheme_and_host_are_those_of_the_clients_hop()
    {
        Assert.Equal(
            "203.0.113.7:0 https b",
            await AskAsync(
                ForwardedFields.XForwarded,
                "X-Forwarded-For: 1.2.3.4",
                "X-Forwarded-For: 203.0.113.7, 10.1.2.3",
                "X-Forwarded-Proto: http, https, http",
                "X-Forwarded-Host: a, b, c"));
        Assert.Equal(
            "203.0.113.7:0 https shop",
            await AskAsync(
                ForwardedFields.XForwarded,
                "X-Forwarded-For: 1.2.3.4, 203.0.113.7, 10.1.2.3",
                "X-Forwarded-Proto: https",
                "X-Forwarded-Host: shop"));
    }

    [Theory]
    [InlineData("for=203.0.113.7", "203.0.113.7:0 http test")]
    [InlineData("For=\"[2001:db8::1]:4711\"; Proto=HTTPS ;host=\"shop.example\"", "[2001:db8::1]:4711 https shop.example")]
    [InlineData("for=\"203.0.113.7:80\"", "203.0.113.7:80 http test")]
    [InlineData("for=1.2.3.4, for=203.0.113.7;proto=https, for=10.1.2.3;proto=http", "203.0.113.7:0 https test")]
    [InlineData("for=203.0.113.7, for=_hidden", "127.0.0.1:50000 http test")]
    [InlineData("for=unknown;proto=https", "127.0.0.1:50000 https test")]
    [InlineData("by=\"a,b;for=1.2.3.4\";for=203.0.113.7", "203.0.113.7:0 http test")]
    [InlineData("for=\"203.0.113\\.7\"", "203.0.113.7:0 http test")]
    [InlineData("nonsense", "127.0.0.1:50000 http test")]
    [InlineData("for=\"203.0.113.7", "127.0.0.1:50000 http test")]
    public async Task Forwarded_of_a_trusted_peer_is_believed(string value, string expected) =>
        Assert.Equal(expected, await AskAsync(ForwardedFields.Forwarded, "Forwarded: " + value, "X-Forwarded-For: 9.9.9.9"));

    [Theory]
    [InlineData(ForwardedFields.XForwarded, "X-Forwarded-For: \"", "X-Forwarded-For: 203.0.113.7")]
    [InlineData(ForwardedFields.XForwarded, "X-Forwarded-For: \", 203.0.113.7")]
    [InlineData(ForwardedFields.XForwarded, "X-Forwarded-For: \"10.0.0.1, 203.0.113.7")]
    [InlineData(ForwardedFields.XForwarded, "X-Forwarded-For: \"\\, 203.0.113.7")]
    [InlineData(ForwardedFields.Forwarded, "Forwarded: for=\"", "Forwarded: for=203.0.113.7")]
    [InlineData(ForwardedFields.Forwarded, "Forwarded: for=10.0.0.1;by=\", for=203.0.113.7")]
    [InlineData(ForwardedFields.Forwarded, "Forwarded: for=10.0.0.1;by=\", for=\"203.0.113.7\"")]
    [InlineData(ForwardedFields.Forwarded, "Forwarded: for=10.0.0.1;by=\"\\\\\\, for=\"203.0.113.7\"")]
    [InlineData(ForwardedFields.Forwarded, "Forwarded: for=1.2.3.4;by=\"a, for=203.0.113.7;by=\"b\\\"c\", for=10.1.2.3")]
    public async Task A_quote_that_a_client_leaves_open_does_not_hide_what_the_proxies_say(ForwardedFields fields, params string[] lines) =>
        Assert.Equal("203.0.113.7:0 http test", await AskAsync(fields, lines));

    [Fact]
    public async Task A_peer_that_is_not_trusted_is_not_believed()
    {
        var app = Forwarded.Wrap(Tell, "10.0.0.0/8");
        var response = await app.GetAsync("/", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil");
        Assert.Equal("127.0.0.1:50000 http test", response.Content);
    }

    [Fact]
    public async Task The_next_request_of_a_connection_starts_anew()
    {
        var sent = await MemoryServer.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: test\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a\r\n\r\n"
            + "GET / HTTP/1.1\r\nHost: test\r\n\r\n",
            Forwarded.Wrap(Tell, "127.0.0.0/8"));
        Assert.Contains("203.0.113.7:0 https a", sent);
        Assert.EndsWith("127.0.0.1:50000 http test", sent);
    }

    [Theory]
    [InlineData("10.0.0.0/x")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("010.0.0.0/8")]
    [InlineData("0x0a.0.0.0/8")]
    [InlineData("10/8")]
    [InlineData("10.0/16")]
    [InlineData("10")]
    [InlineData("[::1]:80")]
    [InlineData("[2001:db8::]/32")]
    [InlineData("fe80::1%3")]
    [InlineData("fe80::%3/10")]
    [InlineData("2001:db8::/129")]
    [InlineData("localhost")]
    [InlineData("")]
    [InlineData(null)]
    public void A_text_that_is_not_a_network_is_refused(string? network)
    {
        var thrown = Assert.Throws<ArgumentException>(() => Forwarded.Wrap(Tell, network!));
        Assert.Contains("Not a network", thrown.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => AddressFiltering.Wrap(Tell, network!));
    }

    [Fact]
    public void No_network_at_all_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Forwarded.Wrap(Tell));
        Assert.Throws<ArgumentException>(() => AddressFiltering.Wrap(Tell));
        Assert.Throws<ArgumentOutOfRangeException>(() => Forwarded.Wrap(Tell, (ForwardedFields)2, "10.0.0.0/8"));
    }

    [Theory]
    [InlineData("203.0.113.7", 200)]
    [InlineData("203.0.113.8", 403)]
    [InlineData("2001:db8::5", 200)]
    [InlineData("2001:db9::5", 403)]
    public async Task Clients_of_other_networks_get_403(string client, int status)
    {
        var app = Forwarded.Wrap(AddressFiltering.Wrap(Tell, "203.0.113.7", "2001:db8::/32"), "127.0.0.1");
        Assert.Equal(status, (await app.GetAsync("/", "X-Forwarded-For: " + client)).Status);
    }

    [Theory]
    [InlineData("::ffff:203.0.113.0/120", "203.0.113.7", true)]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7", true)]
    [InlineData("::ffff:203.0.113.0/120", "203.0.114.7", false)]
    [InlineData("::ffff:0:0/96", "203.0.113.7", true)]
    [InlineData("::/0", "203.0.113.7", false)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("203.0.113.7/24", "203.0.113.8", true)]
    [InlineData(" 2001:db8::5/32 ", "2001:db8:1::", true)]
    [InlineData("203.0.113.7/32", "203.0.113.8", false)]
    public void A_network_has_an_address_in_either_family_s_form(string network, string address, bool isIn)
    {
        var networks = new Networks([network], "network");
        var client = IPAddress.Parse(address);
        Assert.Equal(isIn, networks.Contain(new IPEndPoint(client, 0)));
        Assert.Equal(isIn, networks.Contain(new IPEndPoint(client.MapToIPv6(), 0)));
    }

    private static async Task<string> AskAsync(ForwardedFields fields, params string[] lines) =>
        (await new Pipeline().UseForwarded(fields, "127.0.0.1", "10.0.0.0/8").Run(Tell).GetAsync("/", lines)).Content;

    private static Task Tell(RequestContext context) =>
        context.Response.WriteTextAsync($"{context.Client} {context.Request.Scheme} {context.Request.Host}");
}
