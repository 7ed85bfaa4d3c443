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

    private static Task Echo(RequestContext context) => context.Response.WriteTextAsync(context.Request.Path);

    private Task<HttpServer> StartAsync(Func<RequestContext, Task> app, Action<ServerOptions>? configure = null) =>
        TestServer.StartAsync(app, options =>
        {
            options.Prefixes.Add(Url);
            configure?.Invoke(options);
        });
}
