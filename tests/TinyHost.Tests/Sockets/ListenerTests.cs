using System.Net;
using System.Net.Sockets;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ListenerTests
{
    private static readonly string[] s_hosts = ["+", "*", "localhost", "0.0.0.0", "127.0.0.1", "[::]", "[::1]", "[::ffff:127.0.0.1]"];

    private static readonly IPAddress[] s_addresses = [IPAddress.Loopback, IPAddress.Parse("127.0.0.2"), IPAddress.IPv6Loopback];

    [Fact]
    public async Task Prefixes_of_one_port_start_in_any_order_and_serve_their_own_addresses_only()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && await IPv6.IsOnLoopbackAsync(), "needs Linux's loopback addresses, IPv6 included");
        foreach (var hosts in Permutations(3))
        {
            await CheckAsync(FreePort.Next(), hosts);
        }
    }

    [Fact]
    public async Task Prefixes_of_one_port_without_a_base_path_start_in_any_order()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && await IPv6.IsOnLoopbackAsync(), "needs Linux's loopback addresses, IPv6 included");
        foreach (var hosts in Permutations(2))
        {
            var port = FreePort.Next();
            var listeners = Binding.BindAll([.. hosts.Select(host => Prefix.Parse($"http://{host}:{port}/"))]);
            foreach (var address in s_addresses)
            {
                Assert.Equal(hosts.Any(host => IsAt(host, address)), await IsServedAsync(new IPEndPoint(address, port)));
            }

            Assert.All(listeners, listener => Assert.Empty(listener.BasePathsAt(listener.EndPoint.Address)));
            listeners.ForEach(listener => listener.Dispose());
        }
    }

    [Fact]
    public async Task Prefixes_with_port_0_each_have_a_port_of_their_own()
    {
        Assert.SkipUnless(await IPv6.IsOnLoopbackAsync(), "needs IPv6 on the loopback interface");
        foreach (var hosts in Permutations(2))
        {
            var port = FreePort.Next();
            var listeners = Binding.BindAll([
                Prefix.Parse($"http://{hosts[0]}:0/zero/"),
                Prefix.Parse($"http://{hosts[1]}:{port}/named/"),
                Prefix.Parse($"http://{hosts[1]}:0/one/")]);
            foreach (var byPort in listeners.GroupBy(listener => listener.EndPoint.Port))
            {
                var path = byPort.Key == port ? "/named" : byPort.Contains(listeners[0]) ? "/zero" : "/one";
                Assert.All(byPort, listener => Assert.Equal([path], listener.BasePathsAt(listener.EndPoint.Address)));
            }

            Assert.Equal(3, listeners.DistinctBy(listener => listener.EndPoint.Port).Count());
            listeners.ForEach(listener => listener.Dispose());
        }
    }

    [Fact]
    public void Listeners_are_in_the_order_of_the_prefixes()
    {
        var ports = Enumerable.Range(0, 3).Select(_ => FreePort.Next()).ToList();
        var listeners = Binding.BindAll([
            Prefix.Parse($"http://127.0.0.1:{ports[0]}/"),
            Prefix.Parse($"http://0.0.0.0:{ports[1]}/"),
            Prefix.Parse($"http://+:{ports[2]}/")]);
        Assert.Equal(ports, listeners.Select(listener => listener.EndPoint.Port));
        listeners.ForEach(listener => listener.Dispose());
    }

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.2")]
    [InlineData("[::]", "127.0.0.2")]
    [InlineData("[::]", "::1")]
    [InlineData("+", "::1")]
    public async Task A_wildcard_serves_its_base_path_and_nothing_else_at_every_address(string host, string address)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && await IPv6.IsOnLoopbackAsync(), "needs Linux's loopback addresses, IPv6 included");
        await using var server = await TestServer.StartAsync(
            context => context.Response.WriteTextAsync("ok"), options => options.Prefixes.Add($"http://{host}:0/app/"));
        using var client = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), server.EndPoints[0].Port));
        Assert.Equal(200, (await client.GetAsync("/app/x")).Status);
        Assert.Equal(404, (await client.GetAsync("/x")).Status);
    }

    // Each prefix has a base path of its own, so that the answers tell the prefixes apart.
    private static async Task CheckAsync(int port, string[] hosts)
    {
        await using var server = await TestServer.StartAsync(
            context => context.Response.WriteTextAsync("ok"),
            options =>
            {
                for (var i = 0; i < hosts.Length; i++)
                {
                    options.Prefixes.Add($"http://{hosts[i]}:{port}/{i}/");
                }
            });
        foreach (var address in s_addresses)
        {
            var end = new IPEndPoint(address, port);
            if (!hosts.Any(host => IsAt(host, address)))
            {
                Assert.False(await IsServedAsync(end), $"{string.Join(", ", hosts)} at {address}");
                continue;
            }

            using var client = await RawClient.ConnectAsync(end);
            for (var i = 0; i < hosts.Length; i++)
            {
                var status = (await client.GetAsync($"/{i}/")).Status;
                Assert.True(
                    status == (IsAt(hosts[i], address) ? 200 : 404),
                    $"{string.Join(", ", hosts)} at {address}: {status} for the prefix of {hosts[i]}");
            }
        }
    }

    private static bool IsAt(string host, IPAddress address) => host switch
    {
        "+" or "*" or "[::]" => true,
        "localhost" => !address.Equals(s_addresses[1]),
        "0.0.0.0" => address.AddressFamily == AddressFamily.InterNetwork,
        "[::1]" => address.Equals(IPAddress.IPv6Loopback),
        _ => address.Equals(IPAddress.Loopback),
    };

    private static async Task<bool> IsServedAsync(IPEndPoint end)
    {
        try
        {
            using var client = await RawClient.ConnectAsync(end);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
    }

    private static IEnumerable<string[]> Permutations(int length) => length == 0
        ? [[]]
        : Permutations(length - 1).SelectMany(rest => s_hosts.Except(rest).Select(host => (string[])[.. rest, host]));
}
