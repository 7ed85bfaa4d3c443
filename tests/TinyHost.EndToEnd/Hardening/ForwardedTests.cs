// Owns: that UseForwarded finds the client behind nginx and HAProxy, configured as their manuals show, also when the client forges fields.

using System.Net;
using System.Net.Sockets;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Hardening;

public sealed class ForwardedTests
{
    // The client's own fields name this address, and one of the trusted network, so that a reader from the left would believe it.
    private const string Forged = "203.0.113.9, 127.0.0.1";

    [Fact]
    public async Task Nginx_names_the_client_scheme_and_host()
    {
        await using var server = await StartAsync(ForwardedFields.XForwarded);
        using var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        await using var proxy = Nginx.Start(directory, port, server.EndPoints[0].Port,
        [
            "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
            "proxy_set_header X-Forwarded-Proto $scheme;",
            "proxy_set_header X-Forwarded-Host $http_host;",
        ]);
        Assert.Equal("127.0.0.2 http shop.example:8080", await AskAsync(port));
    }

    [Fact]
    public async Task Two_nginx_in_a_row_name_the_client()
    {
        await using var server = await StartAsync(ForwardedFields.XForwarded);
        using var inner = new TemporaryDirectory();
        using var outer = new TemporaryDirectory();
        var (innerPort, port) = (FreePort.Next(), FreePort.Next());
        string[] lines = ["proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"];
        await using var second = Nginx.Start(inner, innerPort, server.EndPoints[0].Port, lines);
        await using var first = Nginx.Start(outer, port, innerPort, lines);
        Assert.StartsWith("127.0.0.2 http ", await AskAsync(port));
    }

    [Fact]
    public async Task HAProxy_names_the_client()
    {
        await using var server = await StartAsync(ForwardedFields.XForwarded);
        using var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        await using var proxy = HaProxy.Start(
            directory, port,
            [
                "option forwardfor", "http-request set-header X-Forwarded-Proto https",
                "http-request set-header X-Forwarded-Host %[req.hdr(Host)]",
            ],
            [$"server tinyhost 127.0.0.1:{server.EndPoints[0].Port}"]);
        Assert.Equal("127.0.0.2 https shop.example:8080", await AskAsync(port));
    }

    [Fact]
    public async Task HAProxy_names_the_client_in_Forwarded()
    {
        var haproxy = OutsideProgram.Require("haproxy", package: "haproxy");
        var (_, version, _) = await ChildProcess.RunAsync(haproxy, ["-v"]);
        Assert.SkipWhen(
            Version.Parse(version.Split(' ')[2].Split('-')[0]) < new Version(2, 8), "option forwarded came with HAProxy 2.8");
        await using var server = await StartAsync(ForwardedFields.Forwarded);
        using var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        await using var proxy = HaProxy.Start(
            directory, port, [], ["option forwarded proto host for", $"server tinyhost 127.0.0.1:{server.EndPoints[0].Port}"]);
        Assert.Equal("127.0.0.2 http shop.example:8080", await AskAsync(port));
    }

    [Fact]
    public async Task A_client_without_a_proxy_is_not_believed()
    {
        var app = new Pipeline().UseForwarded("127.0.0.1").Run(Tell);
        await using var server = new HttpServer("http://127.0.0.1:0/", app);
        await server.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal("127.0.0.2 http shop.example:8080", await AskAsync(server.EndPoints[0].Port));
    }

    // The proxies connect from 127.0.0.1, the client from 127.0.0.2.
    private static async Task<HttpServer> StartAsync(ForwardedFields fields)
    {
        var server = new HttpServer("http://127.0.0.1:0/", new Pipeline().UseForwarded(fields, "127.0.0.1").Run(Tell));
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    private static Task Tell(RequestContext context) =>
        context.Response.WriteTextAsync($"{context.Client.Address} {context.Request.Scheme} {context.Request.Host}");

    private static async Task<string> AskAsync(int port)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) => await ConnectAsync(port, cancellationToken),
        });
        return await Deadline.UntilAsync(
            "the proxy",
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/");
                request.Headers.Host = "shop.example:8080";
                request.Headers.Add("X-Forwarded-For", Forged);
                request.Headers.Add("X-Forwarded-Proto", "gopher");
                request.Headers.Add("X-Forwarded-Host", "evil.example");
                request.Headers.Add("Forwarded", "for=203.0.113.9;host=evil.example, for=127.0.0.1");
                using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
                // Until the proxy's own server is ready, it answers with an error.
                response.EnsureSuccessStatusCode();
                return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            },
            text => text.Length > 0);
    }

    private static async Task<Stream> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
