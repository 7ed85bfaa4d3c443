// Owns: tests of who takes the peers of Unix sockets for trusted.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class UnixTrustTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Url => $"http://unix:{_folder.PathOf("a.sock")}";

    public UnixTrustTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("0.0.0.0/0,::/0,127.0.0.1,0.0.0.0", false)]
    [InlineData("unix", true)]
    [InlineData("10.0.0.0/8, unix", true)]
    public async Task Only_the_word_unix_in_a_list_of_networks_stands_for_peers_of_Unix_sockets(string networks, bool isTrusted)
    {
        var trusted = networks.Split(',');
        var app = Forwarded.Wrap(context => context.Response.WriteTextAsync(context.Client.ToString()), trusted: trusted);
        await using (var server = await StartAsync(app))
        {
            using var client = await server.ConnectAsync();
            var response = await client.GetAsync("/", "X-Forwarded-For: 192.0.2.1\r\n");
            Assert.Equal(isTrusted ? "192.0.2.1:0" : "unix:", response.Content);
        }

        await using (var server = await StartAsync(AddressFiltering.Wrap(Echo, trusted)))
        {
            using var client = await server.ConnectAsync();
            Assert.Equal(isTrusted ? 200 : 403, (await client.GetAsync("/")).Status);
        }

        await using (var server = await StartAsync(
            context => context.Response.WriteTextAsync($"{context.Client} by {context.Connection.ProxyEndPoint}"),
            options =>
            {
                options.Prefixes.Clear();
                options.Prefixes.Add(Url, prefix => Array.ForEach(trusted, prefix.ProxyProtocol.Add));
            }))
        {
            using var client = await server.ConnectAsync();
            await client.SendAsync("PROXY TCP4 192.0.2.7 198.51.100.1 4711 80\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
            if (isTrusted)
            {
                Assert.Equal("192.0.2.7:4711 by unix:", (await client.ReadResponseAsync()).Content);
            }
            else
            {
                Assert.Equal("", (await client.ReadUntilQuietAsync(TestTimeout.Long)).Octets);
            }
        }
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("unix:")]
    [InlineData("unix")]
    public async Task No_field_makes_a_client_a_peer_of_a_Unix_socket(string address)
    {
        var app = Forwarded.Wrap(AddressFiltering.Wrap(Echo, "unix"), trusted: "127.0.0.1");
        await using var server = await TestServer.StartAsync(app);
        using var client = await server.ConnectAsync();
        Assert.Equal(403, (await client.GetAsync("/", $"X-Forwarded-For: {address}\r\n")).Status);
    }

    [Fact]
    public async Task Credentials_are_those_of_the_proxy_behind_a_PROXY_header()
    {
        ConnectionInfo? seen = null;
        await using var server = await StartAsync(
            context =>
            {
                seen = context.Connection;
                return Task.CompletedTask;
            },
            options =>
            {
                options.Prefixes.Clear();
                options.Prefixes.Add(Url, prefix => prefix.ProxyProtocol.Add("unix"));
            });
        using var proxy = await server.ConnectAsync();
        await proxy.SendAsync("PROXY TCP4 192.0.2.7 198.51.100.1 4711 80\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
        await proxy.ReadResponseAsync();
        Assert.Equal(Environment.ProcessId, seen!.PeerCredentials!.ProcessId);
        Assert.IsType<UnixEndPoint>(seen.ProxyEndPoint);
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n", 0)]
    [InlineData("PROXY UNKNOWN unix:/run/app.sock unix:/run/proxy.sock 1 2\r\n", 0)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 0)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x20\x11\0\x0C\xC0\0\x02\x01\xC0\0\x02\x02\xDC\x04\x01\xBB", 0)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x31\0\xD8", 216)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x32\0\xD8", 216)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\0\0\0", 0)]
    public async Task A_header_without_an_address_leaves_the_proxy_as_the_client(string header, int pathsSize)
    {
        await using var server = await StartAsync(
            context => context.Response.WriteTextAsync($"{context.Client} by {context.Connection.ProxyEndPoint}"), ThroughProxies);
        using var proxy = await server.ConnectAsync();
        await proxy.SendAsync(header + new string('/', pathsSize) + "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal("unix: by ", (await proxy.ReadResponseAsync()).Content);
    }

    [Theory]
    [InlineData("PROXY UNIX_STREAM /run/app.sock /run/proxy.sock 0 0\r\n", 0)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x31\0\xD7", 215)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x22\x31\0\xD8", 216)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x41\0\xD8", 216)]
    public async Task A_malformed_header_closes_the_connection(string header, int pathsSize)
    {
        await using var server = await StartAsync(Echo, ThroughProxies);
        using var proxy = await server.ConnectAsync();
        await proxy.SendAsync(header + new string('/', pathsSize) + "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal("", (await proxy.ReadUntilQuietAsync(TestTimeout.Long)).Octets);
    }

    private void ThroughProxies(ServerOptions options)
    {
        options.Prefixes.Clear();
        options.Prefixes.Add(Url, prefix => prefix.ProxyProtocol.Add("unix"));
    }

    private static Task Echo(RequestContext context) => context.Response.WriteTextAsync(context.Request.Path);

    private Task<HttpServer> StartAsync(Func<RequestContext, Task> app, Action<ServerOptions>? configure = null) =>
        TestServer.StartAsync(app, options =>
        {
            options.Prefixes.Add(Url);
            configure?.Invoke(options);
        });
}
