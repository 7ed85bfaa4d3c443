using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

/// <summary>TLS among the settings of prefixes: what is read, what fails the start, and how prefixes share a port.</summary>
[Collection(Alone.Name)]
public sealed class TlsPrefixTests
{
    [Fact]
    public async Task Every_setting_is_read()
    {
        var options = await ReadAsync(
            ("Url", "https://127.0.0.1:0/"),
            ("Certificate", "tls/site.pem"),
            ("Key", "tls/site.key"),
            ("Password", "secret"),
            ("Names", "a.example, *.b.example"),
            ("Certificates:other:Subject", "c.example"),
            ("Certificates:other:Store", "LocalMachine/My"),
            ("Certificates:third", "third.pfx"),
            ("MinTlsVersion", "1.3"),
            ("MaxTlsVersion", "1.3"),
            ("CipherSuites", "TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256"),
            ("ClientCertificates", "required"),
            ("ClientAuthority", "clients.pem"),
            ("ClientNames", "reader.example,10.0.0.1"));
        var tls = options.Prefixes.Single().Tls;
        Assert.Equal(3, tls.Certificates.Count);
        var (own, other, third) = (tls.Certificates[0], tls.Certificates[1], tls.Certificates[2]);
        Assert.Equal(("tls/site.pem", "tls/site.key", "secret"), (own.Path, own.KeyPath, own.Password));
        Assert.Equal(["a.example", "*.b.example"], own.Names);
        Assert.Equal(("c.example", "LocalMachine/My"), (other.Subject, other.Store));
        Assert.Equal("third.pfx", third.Path);
        Assert.Equal((SslProtocols.Tls13, SslProtocols.Tls13), (tls.MinVersion, tls.MaxVersion));
        Assert.Equal([TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256], tls.CipherSuites);
        Assert.Equal((ClientCertificates.Required, "clients.pem"), (tls.ClientCertificates, tls.ClientAuthorityPath));
        Assert.Equal(["reader.example", "10.0.0.1"], tls.ClientNames);
    }

    [Theory]
    [InlineData("MinTlsVersion", "1.1", "'1.2' or '1.3'")]
    [InlineData("MaxTlsVersion", "TLS 1.3", "'1.2' or '1.3'")]
    [InlineData("CipherSuites", "AES", "names of cipher suites with commas between them, such as TLS_AES_256_GCM_SHA384")]
    [InlineData("CipherSuites", "4865", "names of cipher suites with commas between them, such as TLS_AES_256_GCM_SHA384")]
    [InlineData("ClientCertificates", "yes", "'None', 'Optional' or 'Required'")]
    [InlineData("ClientNames", "a,,b", "subject alternative names with commas between them")]
    [InlineData("Names", ",", "server names with commas between them")]
    public async Task A_setting_that_cannot_be_read_says_what_it_must_be(string name, string value, string expected)
    {
        var error = await Assert.ThrowsAsync<ServerStartException>(() => ReadAsync(("Url", "https://127.0.0.1:0/"), (name, value)));
        Assert.StartsWith($"Cannot start: TinyHost:Prefixes:a:{name} is '", error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"it must be {expected}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_setting_of_a_certificate_is_refused()
    {
        var error = await Assert.ThrowsAsync<ServerStartException>(() => ReadAsync(("Certificates:0:File", "a.pem")));
        Assert.Equal(
            "Cannot start: unknown setting TinyHost:Prefixes:a:Certificates:0:File. Known settings: Certificate, Key, Names, "
            + "Password, Store, Subject, Thumbprint.",
            error.Message);
    }

    [Fact]
    public async Task Settings_name_a_server_that_serves_them_from_the_content_root()
    {
        using var folder = new TemporaryFolder();
        folder.Write("tls/site.pem", TestAuthority.Pem(TlsServer.Certificate));
        folder.Write("tls/site.key", TestAuthority.KeyPem(TlsServer.Certificate));
        var builder = Builder(
            folder.Root, ("Url", "https://127.0.0.1:0/"), ("Certificate", "tls/site.pem"), ("Key", "tls/site.key"), ("Password", ""));
        builder.Services.AddTinyHost(pipeline => pipeline.Run(context => context.Response.WriteTextAsync(context.Request.Scheme)));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.Equals(TlsServer.Certificate) },
        });
        var port = host.Services.GetRequiredService<HostedServer>().EndPointOf("a").Port;
        Assert.Equal("https", await client.GetStringAsync(new Uri($"https://127.0.0.1:{port}/"), TestContext.Current.CancellationToken));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(
        "https://127.0.0.1:0/", "",
        "https://127.0.0.1:0/: it has no certificate; set Certificate to a PEM or PFX file, and Key to the key's file.")]
    [InlineData("http://127.0.0.1:0/", "site.pem", "http://127.0.0.1:0/ has TLS settings, which only an https prefix uses.")]
    public async Task A_prefix_and_its_settings_must_fit(string url, string file, string expected)
    {
        var error = await Assert.ThrowsAsync<ServerStartException>(() => TestServer.StartAsync(_ => Task.CompletedTask, options =>
            options.Prefixes.Add(url, prefix =>
            {
                if (file.Length > 0)
                {
                    prefix.Tls.Certificates.Add(new() { Path = file });
                }
            })));
        Assert.Equal("Cannot start: " + expected, error.Message);
    }

    [Fact]
    public async Task A_failed_start_binds_nothing_and_can_be_repeated()
    {
        using var folder = new TemporaryFolder();
        var options = new ServerOptions();
        var port = FreePort.Next();
        options.Prefixes.Add(
            $"https://127.0.0.1:{port}/", prefix => prefix.Tls.Certificates.Add(new() { Path = folder.PathOf("site.pem") }));
        await using var server = new HttpServer(options, _ => Task.CompletedTask);
        await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync(TestContext.Current.CancellationToken));
        folder.Write("site.pem", TestAuthority.Pem(TlsServer.Certificate) + TestAuthority.KeyPem(TlsServer.Certificate));
        await server.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(TlsServer.Certificate.Thumbprint, (await server.CertificateForAsync()).Thumbprint);
    }

    [Theory]
    [InlineData("http", true)]
    [InlineData("https", false)]
    public async Task Prefixes_on_one_port_need_the_same_TLS(string scheme, bool isSameCertificate)
    {
        var port = FreePort.Next();
        string[] urls = [$"https://127.0.0.1:{port}/a/", $"{scheme}://127.0.0.1:{port}/b/"];
        var error = await Assert.ThrowsAsync<ServerStartException>(() => StartAsync(urls[1], isSameCertificate));
        Assert.Equal(
            $"Cannot start: the prefixes {urls[0]} and {urls[1]} share a socket, so both need the same scheme, TLS settings and "
            + "ProxyProtocol.",
            error.Message);
        await using var server = await StartAsync($"https://127.0.0.1:{port}/b/", true);
        await using var client = await server.ConnectTlsAsync();
        Assert.StartsWith("HTTP/1.1 200", await client.GetAsync("/b/"), StringComparison.Ordinal);

        Task<HttpServer> StartAsync(string second, bool isSame) => TestServer.StartAsync(_ => Task.CompletedTask, options =>
        {
            options.Prefixes.Add(urls[0], prefix => prefix.Tls.Certificates.Add(new() { Certificate = TlsServer.Certificate }));
            options.Prefixes.Add(second, prefix =>
            {
                if (second.StartsWith("https", StringComparison.Ordinal))
                {
                    prefix.Tls.Certificates.Add(new() { Certificate = isSame ? TlsServer.Certificate : TlsServer.Authority.Issue() });
                }
            });
        });
    }

    [Fact]
    public async Task A_PROXY_header_comes_before_the_handshake()
    {
        await using var server = await TestServer.StartAsync(
            context => context.Response.WriteTextAsync($"{context.Connection.RemoteEndPoint} {context.Request.Scheme}"),
            options => options.Prefixes.Add("https://127.0.0.1:0/", prefix =>
            {
                prefix.ProxyProtocol.Add("127.0.0.1");
                prefix.Tls.Certificates.Add(new() { Certificate = TlsServer.Certificate });
            }));
        foreach (var isTogether in (bool[])[true, false])
        {
            using var client = await server.ConnectAsync();
            var header = "PROXY TCP4 203.0.113.9 203.0.113.10 1000 2000\r\n";
            var network = new HeldStream(new System.Net.Sockets.NetworkStream(client.Socket));
            if (isTogether)
            {
                network.SendFirst(Encoding.ASCII.GetBytes(header));
            }
            else
            {
                await client.SendAsync(header);
            }

            await using var tls = new SslStream(network);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
                },
                TestContext.Current.CancellationToken);
            Assert.EndsWith("203.0.113.9:1000 https", await tls.GetAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_program_built_without_TLS_says_how_to_include_it()
    {
        const string Switch = "TinyHost.Tls.IsSupported";
        AppContext.SetSwitch(Switch, false);
        try
        {
            var error = await Assert.ThrowsAsync<ServerStartException>(() => TlsServer.StartAsync());
            Assert.Equal(
                "Cannot start: https://127.0.0.1:0/ cannot be served: the program was built without TLS; set the MSBuild property "
                + "TinyHostTls to true in its project.",
                error.Message);
        }
        finally
        {
            AppContext.SetSwitch(Switch, true);
        }
    }

    private static async Task<ServerOptions> ReadAsync(params (string Name, string Value)[] settings)
    {
        ServerOptions? seen = null;
        var builder = Builder(null, settings);
        builder.Services.AddTinyHost(pipeline => throw new StopReadingException(), options => seen = options);
        using var host = builder.Build();
        try
        {
            await host.StartAsync();
        }
        catch (StopReadingException)
        {
            // The settings have been read.
        }

        return seen!;
    }

    private static HostApplicationBuilder Builder(string? root, params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ContentRootPath = root });
        foreach (var (name, value) in settings)
        {
            builder.Configuration[string.Create(CultureInfo.InvariantCulture, $"TinyHost:Prefixes:a:{name}")] = value;
        }

        return builder;
    }

    private sealed class StopReadingException : Exception;
}
