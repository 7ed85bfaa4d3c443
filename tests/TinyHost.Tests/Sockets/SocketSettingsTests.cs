using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class SocketSettingsTests
{
    private readonly RecordingLogger _log = new();

    [Theory]
    [InlineData(SocketError.ProtocolOption)]
    [InlineData(SocketError.OperationNotSupported)]
    [InlineData(SocketError.InvalidArgument)]
    public async Task A_system_that_lacks_socket_options_serves_without_them_and_is_logged_once(SocketError error)
    {
        var tries = 0;
        await using var server = await StartAsync(() => new SocketSettings(
            (socket, level, name, value) =>
            {
                if (name is SocketOptionName.TcpKeepAliveTime or SocketOptionName.TcpKeepAliveRetryCount)
                {
                    tries++;
                    throw new SocketException((int)error);
                }

                socket.SetSocketOption(level, name, value);
            },
            areInherited: false));
        await GetThreeTimesAsync(server);

        // Each once, by the first listener: nothing else tries what the system is known to lack.
        Assert.Equal(2, tries);
        var entry = Assert.Single(_log.Entries, entry => entry.Message.Contains("socket options", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Information, entry.Level);
        var reason = new SocketException((int)error).Message;
        Assert.Equal(
            "Connections go without socket options that could not be set: "
            + $"TcpKeepAliveTime ({reason}), TcpKeepAliveRetryCount ({reason}).",
            entry.Message);
    }

    [Fact]
    public async Task A_system_that_lacks_every_socket_option_serves()
    {
        await using var server = await StartAsync(
            () => new SocketSettings((_, _, _, _) => throw new PlatformNotSupportedException(), areInherited: false));
        await GetThreeTimesAsync(server);
        Assert.Single(_log.Entries, entry => entry.Message.Contains("socket options", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_option_that_an_accepted_socket_refuses_costs_no_connection_and_is_tried_for_the_next()
    {
        var isListening = true;
        var tries = 0;
        await using var server = await StartAsync(() => new SocketSettings(
            (socket, level, name, value) =>
            {
                if (!isListening && name == SocketOptionName.KeepAlive)
                {
                    tries++;
                    throw new SocketException((int)SocketError.InvalidArgument);
                }

                socket.SetSocketOption(level, name, value);
            },
            areInherited: false));
        isListening = false;
        await GetThreeTimesAsync(server);
        Assert.Equal(3, tries);
        Assert.Single(_log.Entries, entry => entry.Message.Contains("set: KeepAlive (", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Accepted_sockets_that_inherit_the_options_are_not_set_again()
    {
        var tries = 0;
        await using var server = await StartAsync(() => new SocketSettings((_, _, _, _) => tries++, areInherited: true));
        var triesAtStart = tries;
        await GetThreeTimesAsync(server);
        Assert.Equal(triesAtStart, tries);
    }

    [Fact]
    public async Task A_port_is_taken_exclusively()
    {
        var isListening = true;
        List<bool> exclusive = [];
        await using var server = await StartAsync(() => new SocketSettings(
            (socket, level, name, value) =>
            {
                socket.SetSocketOption(level, name, value);
                if (name == SocketOptionName.ExclusiveAddressUse)
                {
                    exclusive.Add(isListening && value == 1);
                }
            },
            areInherited: false));
        isListening = false;
        await GetThreeTimesAsync(server);
        Assert.Equal([true, true], exclusive);

        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        Assert.Throws<SocketException>(() => other.Bind(server.EndPoints[0]));
    }

    private Task<HttpServer> StartAsync(Func<SocketSettings> settings) => TestServer.StartAsync(
        context => context.Response.WriteTextAsync("ok"),
        options =>
        {
            options.Prefixes.Add("http://127.0.0.1:0/");
            options.Prefixes.Add("http://127.0.0.1:0/");
            options.LoggerFactory = _log;
            options.SocketSettings = settings;
        });

    private static async Task GetThreeTimesAsync(HttpServer server)
    {
        for (var i = 0; i < 3; i++)
        {
            using var client = await server.ConnectAsync();
            Assert.Equal("ok", (await client.GetAsync("/")).Content);
        }
    }
}
