using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class TlsHandshakeTests
{
    private const string Handshakes = "tinyhost.tls.handshake.duration";

    [Theory]
    [InlineData(SslProtocols.Tls12, "1.2")]
    [InlineData(SslProtocols.Tls13, "1.3")]
    public async Task A_handler_learns_what_was_agreed_on(SslProtocols version, string name)
    {
        using var meters = new MeterRecorder();
        TlsConnectionInfo? info = null;
        await using var server = await TlsServer.StartAsync(
            app: context =>
            {
                info = context.Connection.Tls;
                return context.Response.WriteTextAsync(context.Request.Scheme);
            },
            server: options => options.Services = new OneService(meters));
        await using var client = await server.ConnectTlsAsync("localhost", version);
        Assert.EndsWith("\r\n\r\nhttps", await client.GetAsync(), StringComparison.Ordinal);
        Assert.Equal((version, client.NegotiatedCipherSuite, "localhost", null),
            (info!.Protocol, info.CipherSuite, info.ServerName, info.ClientCertificate));
        Assert.Equal(name, Assert.Single(meters.Tags(Handshakes))["tls.protocol.version"]);
        Assert.Equal("https", Assert.Single(meters.Tags("http.server.request.duration"))["url.scheme"]);
    }

    [Fact]
    public async Task Requests_in_progress_are_counted_by_their_scheme()
    {
        using var meters = new MeterRecorder();
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var server = await TlsServer.StartAsync(
            app: async _ =>
            {
                entered.SetResult();
                await release.Task;
            },
            server: options => options.Services = new OneService(meters));
        await using var client = await server.ConnectTlsAsync();
        var answer = client.GetAsync();
        await entered.Task;
        meters.Observe("http.server.active_requests");
        Assert.Equal(["http", "https"], meters.Tags("http.server.active_requests").Select(tags => tags["url.scheme"]));
        release.SetResult();
        await answer;
    }

    [Fact]
    public async Task A_connection_without_TLS_has_none()
    {
        await using var server = await TestServer.StartAsync(
            context => context.Response.WriteTextAsync($"{context.Request.Scheme} {context.Connection.Tls is null}"));
        using var client = await server.ConnectAsync();
        Assert.Equal("http True", (await client.GetAsync("/")).Content);
    }

    [Fact]
    public async Task A_target_with_the_scheme_https_is_served()
    {
        await using var server = await TlsServer.StartAsync(app: context => context.Response.WriteTextAsync(context.Request.Path));
        await using var client = await server.ConnectTlsAsync();
        Assert.EndsWith("\r\n\r\n/a", await client.GetAsync("https://h/a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_name_chooses_the_certificate()
    {
        var other = TlsServer.Authority.Issue(names => names.AddDnsName("*.shop.example"));
        await using var server = await TlsServer.StartAsync(tls =>
        {
            tls.Certificates.Add(new() { Certificate = TlsServer.Certificate });
            tls.Certificates.Add(new() { Certificate = other });
        });
        Assert.Equal(other.Thumbprint, (await server.CertificateForAsync("www.shop.example")).Thumbprint);
        Assert.Equal(TlsServer.Certificate.Thumbprint, (await server.CertificateForAsync("unknown.example")).Thumbprint);
        Assert.Equal(TlsServer.Certificate.Thumbprint, (await server.CertificateForAsync("127.0.0.1")).Thumbprint);
    }

    [Fact]
    public async Task A_client_without_a_common_version_is_refused()
    {
        using var meters = new MeterRecorder();
        await using var server = await TlsServer.StartAsync(
            tls => tls.MinVersion = SslProtocols.Tls13, server: options => options.Services = new OneService(meters));
        await Assert.ThrowsAnyAsync<Exception>(() => server.ConnectTlsAsync(versions: SslProtocols.Tls12));
        await ExpectFailureAsync(meters, "protocol_version");
    }

    [Fact]
    public async Task A_client_that_does_not_offer_HTTP_1_1_is_refused()
    {
        using var meters = new MeterRecorder();
        await using var server = await TlsServer.StartAsync(server: options => options.Services = new OneService(meters));
        await using (var client = await server.ConnectTlsAsync(protocol: SslApplicationProtocol.Http11))
        {
            Assert.Equal(SslApplicationProtocol.Http11, client.NegotiatedApplicationProtocol);
        }

        await Assert.ThrowsAnyAsync<Exception>(() => server.ConnectTlsAsync(protocol: SslApplicationProtocol.Http2));
        await ExpectFailureAsync(meters, "application_protocol");
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("\r\nGET / HTTP/1.0\r\n\r\n")]
    public async Task Plain_HTTP_gets_an_answer_that_says_so(string request)
    {
        using var meters = new MeterRecorder();
        await using var server = await TlsServer.StartAsync(server: options => options.Services = new OneService(meters));
        using var client = await server.ConnectAsync();
        await client.SendAsync(request);
        var answer = await client.ReadResponseAsync();
        Assert.Equal(
            (400, "400 Bad Request: plain HTTP was sent to a port that serves HTTPS; use https://\n"),
            (answer.Status, answer.Content));
        Assert.Equal("close", answer.Fields["Connection"].Single());
        Assert.Equal("", await client.ReadToEndAsync());
        await ExpectFailureAsync(meters, "plain_http");
        Assert.Equal("plain_http_to_tls", Assert.Single(meters.Tags("tinyhost.requests.rejected"))["reason"]);
    }

    [Fact]
    public async Task Neither_TLS_nor_HTTP_is_closed()
    {
        using var meters = new MeterRecorder();
        await using var server = await TlsServer.StartAsync(server: options => options.Services = new OneService(meters));
        using var client = await server.ConnectAsync();
        await client.SendAsync("\x03\0\0\x13");
        await Assert.ThrowsAnyAsync<Exception>(async () => Assert.NotEqual("", await client.ReadToEndAsync()));
        await ExpectFailureAsync(meters, "not_tls");
        Assert.Equal("tls_handshake_failed", Assert.Single(meters.Tags("tinyhost.connections.rejected"))["reason"]);
    }

    [Theory]
    [InlineData(0, "opening_timeout")]
    [InlineData(1, "opening_timeout")]
    [InlineData(40, "opening_timeout")]
    public async Task A_handshake_has_a_deadline(int count, string reason)
    {
        using var meters = new MeterRecorder();
        var time = new ManualTime();
        await using var server = await TlsServer.StartAsync(server: options =>
        {
            options.Services = new OneService(meters);
            options.TimeProvider = time;
            options.Limits.OpeningTimeout = TimeSpan.FromSeconds(5);
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync(Encoding.Latin1.GetString(ClientHello().AsSpan(0, count)));
        await Until.TrueAsync(() => meters.Observe("tinyhost.connections.active") > 0);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(1, meters.Observe("tinyhost.connections.active"));
        time.Advance(TimeSpan.FromSeconds(2));
        await Until.TrueAsync(() => meters.Tags("tinyhost.connection.duration").Count > 0);
        Assert.Equal(reason, Assert.Single(meters.Tags("tinyhost.connection.duration"))["reason"]);
        Assert.Equal("", await EndOfAsync(client));
    }

    [Fact]
    public async Task Handshakes_count_towards_the_limit_of_connections()
    {
        using var meters = new MeterRecorder();
        await using var server = await TlsServer.StartAsync(server: options =>
        {
            options.Services = new OneService(meters);
            options.Limits.MaxConnections = 1;
        });
        using var first = await server.ConnectAsync();
        await Until.TrueAsync(() => meters.Observe("tinyhost.connections.active") == 1);
        await Assert.ThrowsAnyAsync<Exception>(() => server.ConnectTlsAsync());
        Assert.Equal("max_connections", Assert.Single(meters.Tags("tinyhost.connections.rejected"))["reason"]);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_handshakes()
    {
        await using var server = await TlsServer.StartAsync();
        using var client = await server.ConnectAsync();
        await client.SendAsync(Encoding.Latin1.GetString(ClientHello().AsSpan(0, 40)));
        await server.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_request_that_follows_the_handshake_at_once_is_served()
    {
        await using var server = await TlsServer.StartAsync();
        // The client's last handshake message and its request arrive together.
        HeldStream? held = null;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.EndPoints[0], TestContext.Current.CancellationToken);
        await using var client = new SslStream(held = new HeldStream(new NetworkStream(socket)));
        var authenticated = client.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = SslProtocols.Tls13,
                RemoteCertificateValidationCallback = (_, shown, _, _) =>
                {
                    held.Hold();
                    return shown is not null;
                },
            },
            TestContext.Current.CancellationToken);
        await authenticated;
        await client.WriteAsync(
            "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await socket.SendAsync(held.Take(), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client);
        Assert.EndsWith("https", await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_the_start_nor_a_handshake_downloads_anything()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var between = new TestAuthority("Between", TlsServer.Authority);
        var address = $"http://{listener.LocalEndpoint}";
        var certificate = between.Issue(download: address);
        var clientCertificate = between.Issue(download: address);
        await using var server = await TlsServer.StartAsync(tls =>
        {
            tls.Certificates.Add(new() { Certificate = certificate });
            tls.ClientCertificates = ClientCertificates.Optional;
            tls.ClientAuthorities.Add(TlsServer.Authority.Public);
        });
        await using (var client = await server.ConnectTlsAsync())
        {
            Assert.EndsWith("https", await client.GetAsync(), StringComparison.Ordinal);
        }

        // The issuer of this one is missing, and its address is the listener's.
        await server.ExpectRefusalAsync(clientCertificate);
        Assert.False(listener.Pending());
    }

    private static async Task ExpectFailureAsync(MeterRecorder meters, string reason)
    {
        await Until.TrueAsync(() => meters.Tags(Handshakes).Any(tags => tags.ContainsKey("error.type")));
        Assert.Equal(reason, meters.Tags(Handshakes).Last(tags => tags.ContainsKey("error.type"))["error.type"]);
    }

    private static async Task<string> EndOfAsync(RawClient client)
    {
        try
        {
            return await client.ReadToEndAsync();
        }
        catch (SocketException)
        {
            return "";
        }
    }

    // The first bytes of any client's hello: a record, and a handshake message in it.
    private static byte[] ClientHello()
    {
        var hello = new byte[200];
        byte[] start = [0x16, 3, 1, 0, 195, 1, 0, 0, 191, 3, 3];
        start.CopyTo(hello, 0);
        return hello;
    }
}
