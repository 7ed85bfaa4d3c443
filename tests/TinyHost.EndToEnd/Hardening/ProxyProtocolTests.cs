// Owns: that a prefix with ProxyProtocol finds the client behind HAProxy, nginx and curl, configured as their manuals show, and that no
// client can forge a header.

using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.EndToEnd.Support;
using TinyHost.Metrics;

namespace TinyHost.EndToEnd.Hardening;

public sealed class ProxyProtocolTests
{
    private const string Forged = "PROXY TCP4 203.0.113.9 203.0.113.10 1 2\r\n";
    private const string LastGet = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    public static TheoryData<string, string> Versions => new()
    {
        { "tcp", "send-proxy" },
        { "tcp", "send-proxy-v2" },
        { "tcp", "send-proxy-v2 proxy-v2-options crc32c" },
        { "tcp", "send-proxy-v2 proxy-v2-options crc32c,unique-id" },
        { "http", "send-proxy" },
        { "http", "send-proxy-v2 proxy-v2-options crc32c" },
    };

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task HAProxy_names_the_client(string mode, string options)
    {
        await using var server = await StartAsync();
        using var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        await using var proxy = HaProxy.Start(
            directory, port, [$"mode {mode}", "unique-id-format %{+X}o%ci:%cp"],
            [$"mode {mode}", $"server tinyhost 127.0.0.1:{server.EndPoints[0].Port} {options}"]);
        foreach (var client in new[] { "127.0.0.2", "127.0.0.3", "127.0.0.2" })
        {
            Assert.EndsWith($"\r\n\r\n{client} by 127.0.0.1", await UntilAnsweredAsync(client, port), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task HAProxy_checks_the_health_of_the_server_in_its_own_name()
    {
        await using var server = await StartAsync();
        using var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        var app = $"127.0.0.1:{server.EndPoints[0].Port}";
        await using var proxy = HaProxy.Start(
            directory, port, [],
            [
                "option httpchk GET /healthy", $"server tinyhost {app} send-proxy-v2 check check-send-proxy inter 100ms",
            ]);
        Assert.EndsWith("127.0.0.2 by 127.0.0.1", await UntilAnsweredAsync("127.0.0.2", port), StringComparison.Ordinal);
        await Deadline.UntilAsync("health checks", () => Task.FromResult(server.Checks), checks => checks >= 3);
        Assert.EndsWith("127.0.0.2 by 127.0.0.1", await UntilAnsweredAsync("127.0.0.2", port), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nginx_names_the_client()
    {
        await using var server = await StartAsync();
        using var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        await using var proxy = Nginx.StartStream(directory, port, server.EndPoints[0].Port, ["proxy_protocol on;"]);
        Assert.EndsWith("127.0.0.2 by 127.0.0.1", await UntilAnsweredAsync("127.0.0.2", port), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curl_sends_a_header_of_its_own()
    {
        var curl = OutsideProgram.Require("curl", package: "curl");
        await using var server = await StartAsync();
        var (exitCode, output, errors) = await ChildProcess.RunAsync(
            curl, ["-sS", "--haproxy-protocol", $"http://127.0.0.1:{server.EndPoints[0].Port}/"]);
        Assert.True(exitCode == 0, errors);
        Assert.Equal("127.0.0.1 by 127.0.0.1", output);
    }

    [Fact]
    public async Task A_client_cannot_name_another_client()
    {
        await using var server = await StartAsync();
        var direct = server.EndPoints[0].Port;
        Assert.Equal("", await SendAsync("127.0.0.2", direct, Forged + LastGet));
        Assert.Equal("", await SendAsync("127.0.0.2", direct, LastGet));
        using var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        await using var proxy = HaProxy.Start(
            directory, port, ["mode tcp"], ["mode tcp", $"server tinyhost 127.0.0.1:{direct} send-proxy-v2"]);
        await UntilAnsweredAsync("127.0.0.2", port);
        // The second header is the beginning of a request, and no valid one.
        Assert.StartsWith("HTTP/1.1 400 ", await SendAsync("127.0.0.2", port, Forged + LastGet), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_can_be_scraped_through_the_proxy_and_past_it()
    {
        await using var server = await StartAsync();
        var (through, past) = (server.EndPoints[1].Port, server.EndPoints[2].Port);
        Assert.Contains("process_start_time_seconds", await SendAsync(
            "127.0.0.1", through, Forged + LastGet.Replace("/ ", "/metrics ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.EndsWith("127.0.0.2 by ", await SendAsync("127.0.0.2", past, LastGet), StringComparison.Ordinal);
    }

    // The proxies connect from 127.0.0.1, the clients from other addresses.
    private static async Task<Server> StartAsync()
    {
        var server = new Server();
        await server.StartAsync();
        return server;
    }

    private static Task<string> UntilAnsweredAsync(string client, int port) => Deadline.UntilAsync(
        "the proxy",
        async () =>
        {
            try
            {
                return await SendAsync(client, port, LastGet);
            }
            catch (SocketException)
            {
                return "";
            }
        },
        text => text.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal));

    /// <summary>Sends from an address, and returns what is received until the connection ends.</summary>
    private static async Task<string> SendAsync(string client, int port, string octets)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(client), 0));
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.Latin1.GetBytes(octets), TestContext.Current.CancellationToken);
        var received = new List<byte>();
        var buffer = new byte[65_536];
        try
        {
            for (int count; (count = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken)) > 0;)
            {
                received.AddRange(buffer.AsSpan(0, count));
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // A refused connection is closed before its request is read.
        }

        return Encoding.Latin1.GetString([.. received]);
    }

    /// <summary>The prefixes: behind a proxy, the same for the metrics, and without one.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly HttpServer _server;
        private int _checks;

        internal Server()
        {
            var options = new ServerOptions();
            options.Prefixes.Add("public=http://127.0.0.1:0/", prefix => prefix.ProxyProtocol.Add("127.0.0.1"));
            options.Prefixes.Add("metrics=http://127.0.0.1:0/", prefix => prefix.ProxyProtocol.Add("127.0.0.1"));
            options.Prefixes.Add("http://127.0.0.1:0/");
            _server = new HttpServer(options, new Pipeline().UseMetrics(prefix: "metrics").Run(TellAsync));
        }

        internal IReadOnlyList<IPEndPoint> EndPoints => _server.EndPoints;

        internal int Checks => Volatile.Read(ref _checks);

        internal Task StartAsync() => _server.StartAsync(TestContext.Current.CancellationToken);

        public ValueTask DisposeAsync() => _server.DisposeAsync();

        private Task TellAsync(RequestContext context)
        {
            if (context.Request.Path == "/healthy" && context.Connection.ProxyEndPoint is null)
            {
                Interlocked.Increment(ref _checks);
            }

            return context.Response.WriteTextAsync($"{context.Client.Address} by {context.Connection.ProxyEndPoint?.Address}");
        }
    }
}
